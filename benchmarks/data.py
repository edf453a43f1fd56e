"""The evaluation sets: their documents as files, their questions as tasks, and what counts as found.

Reads the format of `../shared/eval` (its README describes it). A set is a folder with `corpus.jsonl`
(passages), `queries.jsonl` and, where whole documents exist, `docs.jsonl`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from phi_assistant.schema import Turn

EVAL = Path(__file__).parents[2] / "shared" / "eval"
SETS = ("clapnq", "doc2dial", "mtrag_un", "openstax_ap", "squad2")
_MULTI_TURN = ("doc2dial", "mtrag_un")
_WHOLE_DOCUMENTS = ("openstax_ap",)
"""Scored by document: its questions name a section, not a passage."""

_UNSAFE = re.compile(r"[^\w .,()-]+")


class Spanned(Protocol):
    """A stretch of a file: a chunk of ours, or of a peer."""

    @property
    def source(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True)
class Query:
    """A question with what it should find."""

    set: str
    id: str
    question: str
    history: tuple[Turn, ...]
    relevant: frozenset[str]
    record: dict[str, Any]

    @property
    def answerable(self) -> bool:
        return bool(self.record["answerable"])


@dataclass(frozen=True)
class EvalSet:
    """One set."""

    name: str
    folder: Path

    def rows(self, kind: str) -> list[dict[str, Any]]:
        file = self.folder / f"{kind}.jsonl"
        return [json.loads(line) for line in file.open(encoding="utf-8")] if file.exists() else []

    def files(self) -> dict[str, str]:
        """Texts by file name: whole documents, or where there are none, a file for each passage."""
        rows = self.rows("docs") or self.rows("corpus")
        return {self.file_name(row["id"]): row["text"] for row in rows}

    def file_name(self, id_: str) -> str:
        return f"{self.name}/{_UNSAFE.sub('_', id_)}.txt"

    @cached_property
    def passages(self) -> dict[str, list[tuple[int, int, str]]]:
        """By file name: start, end and name of each passage of `corpus.jsonl`, in order."""
        whole = bool(self.rows("docs"))
        by_file: dict[str, list[tuple[int, int, str]]] = {}
        for row in self.rows("corpus"):
            file = self.file_name(row["doc_id"] if whole else row["id"])
            start, end = (row["start"], row["end"]) if whole else (0, len(row["text"]))
            name = row["doc_id"] if self.name in _WHOLE_DOCUMENTS else row["id"]
            by_file.setdefault(file, []).append((start, end, f"{self.name}/{name}"))
        return {file: sorted(spans) for file, spans in by_file.items()}

    def queries(self) -> list[Query]:
        return [self._query(row) for row in self.rows("queries")]

    def _query(self, row: dict[str, Any]) -> Query:
        relevant = row["relevant_doc_ids" if self.name in _WHOLE_DOCUMENTS else "relevant_ids"]
        history = [
            Turn("user" if turn["role"] == "user" else "assistant", turn["text"]) for turn in row.get("history", [])
        ]
        names = frozenset(f"{self.name}/{name}" for name in relevant)
        return Query(self.name, row["id"], row["question"], tuple(history), names, row)


def eval_sets(folder: Path = EVAL) -> dict[str, EvalSet]:
    return {name: EvalSet(name, folder / name) for name in SETS}


def write_files(sets: Sequence[EvalSet], folder: Path) -> Path:
    """The documents of these sets as files below `folder`, offsets kept."""
    for each in sets:
        for name, text in each.files().items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8"))
    return folder


def tasks(sets: dict[str, EvalSet]) -> dict[str, list[Query]]:
    """The seven tasks: dialogue sets are split into first questions and follow-ups."""
    found: dict[str, list[Query]] = {}
    for name, each in sets.items():
        for query in each.queries():
            if query.relevant:
                turn = (" follow-up" if query.history else " first") if name in _MULTI_TURN else ""
                found.setdefault(name + turn, []).append(query)
    return found


def passages_of(chunk: Spanned, sets: dict[str, EvalSet]) -> Iterator[str]:
    """The passages that a hit stands for: those it overlaps by half of the shorter of the two."""
    spans = sets[chunk.source.split("/", 1)[0]].passages.get(chunk.source, [])
    for start, end, name in spans:
        overlap = min(end, chunk.end) - max(start, chunk.start)
        if overlap > 0 and 2 * overlap >= min(end - start, chunk.end - chunk.start):
            yield name
