"""The store: chunks with their vectors and words, behind a few verbs.

A collection is a folder of generations, one of them in use: `catalogue.sqlite` (the truth), `chroma/` and
`lexical/` (two ways into it). One process owns it; where it serves, others share it. Or a Chroma server of its own
keeps the vectors, and all are its guests.
"""

from phi_assistant.store.catalogue import Entry
from phi_assistant.store.discarding import delete_collection
from phi_assistant.store.opening import Successor, building, holds_documents, open_store
from phi_assistant.store.serving import serving
from phi_assistant.store.store import STORED_AT_ONCE, Candidates, ChunkStore

__all__ = [
    "STORED_AT_ONCE",
    "Candidates",
    "ChunkStore",
    "Entry",
    "Successor",
    "building",
    "delete_collection",
    "holds_documents",
    "open_store",
    "serving",
]
