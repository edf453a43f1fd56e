"""A spool: the documents of a loader on the disk, put together by source.

A loader may yield any number of documents, those of one source not always one after another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator


class Spool:
    """Lasts as long as its worker."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # a file without a name, gone when it is closed
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE pages (number INTEGER PRIMARY KEY, source TEXT, title, label, text, size INTEGER)"
        )
        self._db.execute("CREATE INDEX places ON pages (source, number)")
        self._db.execute("BEGIN")

    def add(self, source: str, *, title: str, label: str, text: str) -> None:
        self._db.execute(
            "INSERT INTO pages (source, title, label, text, size) VALUES (?, ?, ?, ?, ?)",
            (source, title, label, text, len(text)),
        )

    def sources(self) -> Iterator[tuple[str, int]]:
        """Each with how many characters it has, in the order in which they came."""
        yield from self._db.execute("SELECT source, sum(size) FROM pages GROUP BY source ORDER BY min(number)")

    def title(self, source: str) -> str:
        """The first one given."""
        query = "SELECT title FROM pages WHERE source = ? AND title != '' ORDER BY number LIMIT 1"
        row = self._db.execute(query, (source,)).fetchone()
        return str(row[0]) if row else ""

    def pages(self, source: str) -> list[tuple[str, str]]:
        """The text and label of each, in the order in which they came."""
        return list(self._db.execute("SELECT text, label FROM pages WHERE source = ? ORDER BY number", (source,)))
