"""A set that brings its own documents: a folder of JSON lines.

    docs.jsonl      {"id", "text"}                          whole documents, where there are any
    corpus.jsonl    {"id", "doc_id"?, "text", "start"?, "end"?}    passages; without docs.jsonl each is a file
    queries.jsonl   {"id", "question", "history"?, "answers"?, "answerable"?, "expect"?,
                     "relevant_ids"?, "relevant_doc_ids"?, "gold_spans"? [{"doc_id", "start", "end"}]}

Where `relevant_doc_ids` are given, what counts is the document, not the passage. Without documents the
questions are about what the user has ingested, and `relevant_doc_ids` name its sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from phi_assistant.errors import ConfigError
from phi_assistant.evaluation.questions import Passage, Place, Question, QuestionSet, Span
from phi_assistant.evaluation.records import question_of
from phi_assistant.evaluation.table import read_json_lines

QUESTIONS, DOCUMENTS, CORPUS = "queries.jsonl", "docs.jsonl", "corpus.jsonl"

_UNSAFE = re.compile(r"[^\w .,()-]+")
_LONGEST = 100
"""Characters of a file name that are taken from an id."""

Row = dict[str, Any]


def read_folder(folder: Path) -> QuestionSet:
    """The set in a folder. Raises `ConfigError` if it is none."""
    if not (folder / QUESTIONS).is_file():
        raise ConfigError(
            f"There is no {QUESTIONS} in {str(folder)!r}, so it is no set of questions. Name a folder with "
            f"{QUESTIONS} and {CORPUS}, or a .csv of your own questions."
        )
    whole, corpus = _read(folder / DOCUMENTS), _read(folder / CORPUS)
    files = _file_names([_field(row, "id") for row in whole or corpus])
    texts = {files[row["id"]]: str(row.get("text") or "") for row in whole or corpus}
    passages = _passages(corpus or whole, files, texts, within=bool(whole and corpus))
    questions = tuple(_questions(folder / QUESTIONS, files, texts))
    if not questions:
        raise ConfigError(f"There is no question in {str(folder / QUESTIONS)!r}.")
    return QuestionSet(folder.resolve().name, questions, texts, passages)


def write_documents(chosen: QuestionSet, folder: Path) -> None:
    """The documents of a set as files, character for character: offsets into them are offsets into the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in chosen.documents.items():
        (folder / name).write_bytes(text.encode("utf-8", "replace"))


def _read(file: Path) -> list[Row]:
    return [row for _, row in read_json_lines(file)] if file.is_file() else []


def _field(row: Row, name: str) -> Any:
    if name not in row:
        raise ConfigError(f"A document or passage of the set has no {name!r}: {str(row)[:80]}…")
    return row[name]


def _file_names(ids: Sequence[str]) -> dict[str, str]:
    """A file name for each id: readable, and no two the same, also where capitals do not count."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for id_ in ids:
        name = _UNSAFE.sub("_", id_).strip(". ")[:_LONGEST]
        if not name or name.casefold() in taken:
            name = f"{name}-{sha256(id_.encode()).hexdigest()[:8]}"
        taken.add(name.casefold())
        names[id_] = f"{name}.txt"
    return names


def _passages(
    rows: Sequence[Row], files: Mapping[str, str], texts: Mapping[str, str], *, within: bool
) -> dict[str, list[Passage]]:
    """By file: the passages in it; `within` whole documents, else each is a file."""
    found: dict[str, list[Passage]] = {}
    for row in rows:
        id_, document = _field(row, "id"), row.get("doc_id") or row["id"]
        if within:
            place = Place(_file(files, document), _field(row, "start"), _field(row, "end"))
        else:
            place = Place(files[id_], 0, len(texts[files[id_]]))
        found.setdefault(place.source, []).append(Passage(place, id_, document))
    return found


def _file(files: Mapping[str, str], document: str) -> str:
    if document not in files:
        raise ConfigError(f"The set names a document {document!r}, and it is not in {DOCUMENTS} or {CORPUS}.")
    return files[document]


def _questions(file: Path, files: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[Question]:
    for number, (where, row) in enumerate(read_json_lines(file), 1):
        question = question_of(row, where=where, default_id=str(number))
        documents = row.get("relevant_doc_ids")
        relevant = documents or (row.get("relevant_ids") if files else None)
        if relevant:
            question = replace(question, relevant=frozenset(relevant), whole=bool(documents))
        yield replace(question, spans=tuple(_span(span, files, texts) for span in row.get("gold_spans") or ()))


def _span(span: Row, files: Mapping[str, str], texts: Mapping[str, str]) -> Span:
    place = Place(_file(files, _field(span, "doc_id")), _field(span, "start"), _field(span, "end"))
    words = re.finditer(r"\S+", texts[place.source][place.start : place.end])
    return Span(place, tuple((place.start + word.start(), place.start + word.end()) for word in words))
