"""Deleting: a generation or a whole collection, with what a Chroma server keeps of it."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from phi_assistant.errors import StoreError
from phi_assistant.store.address import Address
from phi_assistant.store.begun import Begun
from phi_assistant.store.catalogue import Catalogue
from phi_assistant.store.faults import storage_errors
from phi_assistant.store.generations import drop, generations
from phi_assistant.store.store import CATALOGUE
from phi_assistant.store.vectors import forget


def delete_collection(folder: Path, *, chroma: str | None = None) -> None:
    """Deletes a collection with all that is in its folder, and its vectors from the Chroma server at this address.

    Nobody may have it open but as a guest of that server; who has finds it superseded. Raises `StoreAway` if the
    server is not reached: then all of it is still there.
    """
    server = Address.parsed(chroma) if chroma else None
    for generation in generations(folder):
        _forget(folder, server, _on_server(generation))
    shutil.rmtree(folder, ignore_errors=True)


def discard(generation: Path, server: Address | None) -> None:
    """Deletes a generation unless a process holds it, and its vectors if it is gone."""
    name = _on_server(generation)
    if drop(generation):
        _forget(generation.parent, server, name)


def _forget(folder: Path, server: Address | None, name: str | None) -> None:
    if name and server:
        with storage_errors(folder, server):
            forget(server, name)


def _on_server(generation: Path) -> str | None:
    """What a Chroma server calls its vectors; None also where the catalogue is too damaged to say."""
    file = generation / CATALOGUE
    if not file.exists():
        return None
    try:
        with storage_errors(generation.parent), closing(Catalogue(file)) as catalogue:
            return Begun(catalogue, generation.parent).on_server()
    except StoreError:
        return None
