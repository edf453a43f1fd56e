"""The store: chunks with their vectors and words, behind a few verbs.

A collection is a folder: `catalogue.sqlite` (the truth), `chroma/` and `lexical/` (two ways into it).
"""

from phi_assistant.store.catalogue import Entry
from phi_assistant.store.store import Candidates, ChunkStore, delete_store, open_store

__all__ = ["Candidates", "ChunkStore", "Entry", "delete_store", "open_store"]
