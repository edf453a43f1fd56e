"""What a collection was begun with, as its catalogue has it: the format, the embedder, the language, and where its
vectors are. Another run has to have the same, or is told what to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from uuid import uuid4

from phi_assistant.errors import StoreMismatch
from phi_assistant.store.catalogue import Catalogue

SCHEMA = "2"
"""Raised whenever what older code has written can no longer be used; `phi-assistant reindex` writes it anew."""

Place = Literal["folder", "server"]
"""Where the vectors of a collection are kept: in its own folder, or by a Chroma server."""

_VECTORS, _PLACE = "vectors", "vectors_in"


class Begun:
    """The facts of one catalogue."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self._catalogue = catalogue
        self._folder = folder

    def check(self, place: Place) -> None:
        """Raises `StoreMismatch` where another format was written, or the vectors are not where this run looks."""
        self._check_schema()
        self._check_place(place)

    def settled(self, name: str, wanted: str | None, *, default: str) -> str:
        """What the collection was begun with, else what it is to be begun with. Raises `StoreMismatch`."""
        stored = self._catalogue.meta(name)
        if stored and wanted and stored != wanted:
            raise StoreMismatch(
                f"The documents in {self._folder} were stored with the {name} {stored!r}, but this run has "
                f"{wanted!r}: their scores would mean nothing to each other. Use {stored!r}, or index them anew: "
                f"`{self._reindex()} --{name} {wanted}`."
            )
        return stored or wanted or default

    def settle(self, *, embedder: str, language: str) -> None:
        """Notes what the collection is begun with, when the first source is stored and not before."""
        facts = {"schema": SCHEMA, "embedder": embedder, "language": language}
        for name, value in facts.items():
            if self.settled(name, value, default=value) != self._catalogue.meta(name):
                self._catalogue.set_meta(name, value)

    def vectors(self, place: Place) -> str:
        """What the vectors are called in Chroma: a name that no other collection has, so that a guest whose server
        is another collection's by now finds nothing there."""
        self._catalogue.begin_meta(_PLACE, place)
        return self._catalogue.begin_meta(_VECTORS, f"chunks-{uuid4()}")

    def on_server(self) -> str | None:
        """What its vectors are called by the Chroma server that keeps them; None where none does."""
        return self._catalogue.meta(_VECTORS) if self._catalogue.meta(_PLACE) == "server" else None

    def _check_schema(self) -> None:
        schema = self._catalogue.meta("schema")
        if schema in (None, SCHEMA):
            return
        newer = schema.isdecimal() and int(schema) > int(SCHEMA)
        repair = "pip install --upgrade phi-assistant" if newer else self._reindex()
        raise StoreMismatch(
            f"The documents in {self._folder} were stored in format {schema}, and this version reads format "
            f"{SCHEMA}. Run `{repair}`."
        )

    def _check_place(self, place: Place) -> None:
        kept = self._catalogue.meta(_PLACE) or "folder"
        if kept == place or self._catalogue.meta(_VECTORS) is None:
            return
        where, way = (
            ("by a Chroma server, and this run was told of none", "Say where it is (`PHI_ASSISTANT_CHROMA`)")
            if kept == "server"
            else ("with them, and this run was told of a Chroma server", "Leave out `PHI_ASSISTANT_CHROMA`")
        )
        raise StoreMismatch(
            f"The vectors of the documents in {self._folder} are kept {where}, so nothing would be found. {way}, or "
            f"move them: `{self._reindex()}`."
        )

    def _reindex(self) -> str:
        return f"phi-assistant reindex --collection {self._folder.name}"
