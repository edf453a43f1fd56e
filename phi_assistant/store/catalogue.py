"""The catalogue: which sources a collection holds, and the text of their chunks (SQLite).

It is the truth; the vector index and the lexical index only point into it by chunk key. A source becomes
visible by one change of its state, made when both indexes have it, so that a killed run leaves either the
old version or the new one, and what it left half-done is known and swept up by the next. Several processes may
have it open; who writes to all three at once holds the store's write lock.

    writing ──publish──► live ──retire──► retired ──forget──► gone
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phi_assistant.schema import Chunk, Source

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    problems TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('writing', 'live', 'retired'))
);
CREATE UNIQUE INDEX live_ids ON sources (id) WHERE state = 'live';
CREATE INDEX leftovers ON sources (state) WHERE state != 'live';
CREATE TABLE chunks (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL REFERENCES sources (key),
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    headings TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE UNIQUE INDEX places ON chunks (source, position);
"""

_PATIENCE = 60.0
"""Seconds to wait for another process to finish a transaction."""

_CHUNK = """SELECT chunks.key, id, position, title, label, headings, start, "end", text
FROM chunks JOIN sources ON chunks.source = sources.key WHERE state = 'live'"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A source with its chunks, on the way into the store."""

    source: Source
    path: Path
    """The file, absolute."""
    chunks: tuple[Chunk, ...]
    problems: tuple[tuple[str, str], ...] = ()
    """Parts of the file that could not be read: where, and why."""


class Catalogue:
    """One SQLite file. Not safe for use by several threads at once; `ChunkStore` guards it."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=_PATIENCE)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if not self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
            self._create()

    def _create(self) -> None:
        with self._transaction() as db:
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():  # nor did another process just now
                for statement in filter(str.strip, _TABLES.split(";")):
                    db.execute(statement)

    def close(self) -> None:
        self._db.close()

    def version(self) -> int:
        """Another number whenever another process has written since."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def meta(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def begin_meta(self, name: str, value: str) -> str:
        """The fact kept under a name; this value, if there is none yet."""
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
        return self.meta(name) or value

    def set_meta(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def sources(self) -> dict[str, tuple[Source, Path]]:
        """The live sources by id."""
        rows = self._db.execute("SELECT id, title, digest, path FROM sources WHERE state = 'live' ORDER BY id")
        return {id_: (Source(id_, title, digest), Path(path)) for id_, title, digest, path in rows}

    def sizes(self) -> dict[str, tuple[int, int]]:
        """By source id, how many chunks it has, and on how many pages; 0 where it has none to turn to."""
        rows = self._db.execute(
            "SELECT id, count(chunks.key), count(DISTINCT CASE WHEN label != '' AND NOT EXISTS "
            "(SELECT 1 FROM json_each(headings) WHERE json_each.value = label) THEN label END) "
            "FROM sources LEFT JOIN chunks ON chunks.source = sources.key WHERE state = 'live' GROUP BY sources.key"
        )
        return {id_: (chunks, pages) for id_, chunks, pages in rows}

    def digests(self, ids: Iterable[str]) -> dict[str, str]:
        """The digests of these sources, by id."""
        query = "SELECT id, digest FROM sources WHERE state = 'live' AND id IN (SELECT value FROM json_each(?))"
        return dict(self._db.execute(query, (json.dumps(list(ids)),)))

    def problems(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """By source id, the parts that could not be read; sources without any are left out."""
        rows = self._db.execute("SELECT id, problems FROM sources WHERE state = 'live' AND problems != '[]'")
        return {id_: _problems(found) for id_, found in rows}

    def count(self) -> int:
        """How many chunks the live sources have."""
        query = "SELECT count(*) FROM chunks JOIN sources ON chunks.source = sources.key WHERE state = 'live'"
        return int(self._db.execute(query).fetchone()[0])

    def keys(self) -> set[int]:
        """The keys of the chunks of the live sources."""
        rows = self._db.execute(
            "SELECT chunks.key FROM chunks JOIN sources ON chunks.source = sources.key WHERE state = 'live'"
        )
        return {key for (key,) in rows}

    def begin(self, entries: Iterable[Entry]) -> list[list[int]]:
        """Writes entries that nobody sees yet; returns the keys of the chunks of each."""
        with self._transaction():
            return [self._insert(entry) for entry in entries]

    def _insert(self, entry: Entry) -> list[int]:
        source = entry.source
        row = self._db.execute(
            "INSERT INTO sources (id, path, title, digest, problems, state) VALUES (?, ?, ?, ?, ?, 'writing')",
            (source.id, str(entry.path), source.title, source.digest, json.dumps(entry.problems)),
        )
        return [self._insert_chunk(row.lastrowid, chunk) for chunk in entry.chunks]

    def _insert_chunk(self, source: int | None, chunk: Chunk) -> int:
        headings = json.dumps(chunk.headings, ensure_ascii=False)
        row = self._db.execute(
            'INSERT INTO chunks (source, position, label, headings, start, "end", text) VALUES (?, ?, ?, ?, ?, ?, ?)',
            (source, chunk.position, chunk.label, headings, chunk.start, chunk.end, chunk.text),
        )
        return row.lastrowid or 0

    def publish(self, entries: Iterable[Entry]) -> None:
        """Makes what `begin` wrote visible, and what it replaces invisible, in one step."""
        names = [(entry.source.id,) for entry in entries]
        with self._transaction() as db:
            db.executemany("UPDATE sources SET state = 'retired' WHERE state = 'live' AND id = ?", names)
            db.executemany("UPDATE sources SET state = 'live' WHERE state = 'writing' AND id = ?", names)

    def retire(self, ids: Iterable[str]) -> None:
        """Makes sources invisible; their chunks leave the indexes afterwards."""
        with self._transaction() as db:
            db.executemany(
                "UPDATE sources SET state = 'retired' WHERE state = 'live' AND id = ?",
                [(id_,) for id_ in ids],
            )

    def move(self, id_: str, path: Path) -> None:
        """The same source under another path: its folder was renamed."""
        self._db.execute("UPDATE sources SET path = ? WHERE state = 'live' AND id = ?", (str(path), id_))

    def leftovers(self) -> list[int]:
        """The keys of chunks that are not visible: replaced, removed, or left by a killed run."""
        rows = self._db.execute(
            "SELECT chunks.key FROM chunks JOIN sources ON chunks.source = sources.key WHERE state != 'live'"
        )
        return [key for (key,) in rows]

    def forget(self) -> None:
        """Drops what is not visible, once the indexes no longer hold it."""
        with self._transaction() as db:
            db.execute("DELETE FROM chunks WHERE source IN (SELECT key FROM sources WHERE state != 'live')")
            db.execute("DELETE FROM sources WHERE state != 'live'")

    def chunks(self, keys: Iterable[int]) -> dict[int, Chunk]:
        """The visible ones among these chunks."""
        wanted = json.dumps(list(keys))
        rows = self._db.execute(f"{_CHUNK} AND chunks.key IN (SELECT value FROM json_each(?))", (wanted,))
        return {row[0]: _chunk(row) for row in rows}

    def neighbours(self, source: str, positions: Iterable[int]) -> dict[int, Chunk]:
        """The chunks of a source at these positions, by position."""
        wanted = json.dumps(list(positions))
        query = f"{_CHUNK} AND id = ? AND position IN (SELECT value FROM json_each(?))"
        return {row[2]: _chunk(row) for row in self._db.execute(query, (source, wanted))}

    def entry(self, id_: str) -> Entry | None:
        """A live source with its chunks, as it was stored."""
        query = "SELECT title, digest, path, problems FROM sources WHERE state = 'live' AND id = ?"
        row = self._db.execute(query, (id_,)).fetchone()
        if row is None:
            return None
        title, digest, path, problems = row
        chunks = tuple(map(_chunk, self._db.execute(f"{_CHUNK} AND id = ? ORDER BY position", (id_,))))
        return Entry(Source(id_, title, digest), Path(path), chunks, _problems(problems))

    def sample(self, size: int) -> list[Chunk]:
        """Up to `size` chunks, spread evenly over the collection."""
        step = max(1, self.count() // max(size, 1))
        rows = self._db.execute(f"{_CHUNK} ORDER BY id, position")
        return [_chunk(row) for number, row in enumerate(rows) if number % step == 0][:size]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _problems(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((where, reason) for where, reason in json.loads(text))


def _chunk(row: tuple[Any, ...]) -> Chunk:
    _, source, position, title, label, headings, start, end, text = row
    return Chunk(source, position, title, label, tuple(json.loads(headings)), start, end, text)
