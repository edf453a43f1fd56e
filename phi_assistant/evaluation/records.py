"""One question as people and programs write it down, read into a `Question`.

    {"question": "…", "answer": "…" or ["…", …], "source": "returns.md", "answerable": "yes", "history": […]}

Knows the fields and what may stand in them; knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from phi_assistant.errors import ConfigError
from phi_assistant.evaluation.questions import Question
from phi_assistant.schema import Turn

FIELDS = ("question", "answer", "answers", "source", "sources", "answerable", "history", "id", "expect")

SEPARATOR = "|"
"""Between several answers, or several sources, in one cell of a spreadsheet."""

_YES = "yes y true 1 ja wahr sí si verdadero oui vrai oo".split()
_NO = "no n false 0 nein falsch non faux hindi".split()
_MEANINGS: dict[str, dict[str, bool | None]] = {
    # A question to be asked back has an answer neither here nor nowhere.
    "expect": {"answer": True, "partial": True, "refuse": False, "clarify": None},
    "answerable": {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)},
}
"""What the words for it mean, in the languages of spreadsheets that write "WAHR"; the first that is given counts."""


def question_of(record: Mapping[str, Any], *, where: str, default_id: str) -> Question:
    """The question of a record; its sources are in `relevant`, as they are written.

    Raises `ConfigError` that names `where` for what cannot be read.
    """
    text = _text(record.get("question"), "question", where)
    if not text:
        raise ConfigError(f"{where} has no question. Fill the column `question`, or delete the line.")
    answers = _texts(record, "answer", where)
    sources = _texts(record, "source", where)
    return Question(
        id=str(record.get("id") or default_id),
        text=text,
        history=_history(record, where),
        answers=answers,
        answerable=_answerable(record, where, known=bool(answers or sources)),
        relevant=frozenset(sources),
        whole=True,
    )


def check_columns(names: Collection[str], *, where: str) -> None:
    """Raises `ConfigError` if there is no `question` among the columns of a table, or one is misspelt."""
    check_spelling(names, where=where)
    if "question" not in names:
        raise ConfigError(
            f"{where} has no column `question`, only {', '.join(map(repr, names)) or 'none'}. Name its columns in the "
            "first line: question, and if you know them answer, source, answerable."
        )


def check_spelling(names: Collection[str], *, where: str) -> None:
    """Raises `ConfigError` for a name that is nearly one that is known: others are for somebody else."""
    for name in names:
        near = get_close_matches(name, FIELDS, n=1, cutoff=0.75)
        if name not in FIELDS and near and near[0] not in names:
            raise ConfigError(f"{where} names {name!r}. Did you mean {near[0]!r}? Rename it.")


def _answerable(record: Mapping[str, Any], where: str, *, known: bool) -> bool | None:
    """As is said; where nothing is, yes if an answer or a source is given."""
    for name, meanings in _MEANINGS.items():
        said = record.get(name)
        if said is not None and (word := str(said).strip().lower()):
            if word not in meanings:
                raise ConfigError(f"{where} says {said!r} for `{name}`. Write one of {', '.join(meanings)}.")
            return meanings[word]
    return True if known else None


def _texts(record: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    """What stands under a name or its plural: a list, or a text whose parts are told apart by "|"."""
    given = record.get(f"{name}s") or record.get(name) or ()
    parts = given if isinstance(given, list | tuple) else _text(given, name, where).split(SEPARATOR)
    return tuple(text for part in parts if (text := _text(part, name, where)))


def _text(value: Any, name: str, where: str) -> str:
    if isinstance(value, list | dict):
        raise ConfigError(f"{where} has no text for `{name}`: {value!r}. Put it in quotes.")
    return "" if value is None else str(value).strip()


def _history(record: Mapping[str, Any], where: str) -> tuple[Turn, ...]:
    """Whoever is not the user is the assistant."""
    try:
        return tuple(
            Turn("user" if turn["role"] == "user" else "assistant", str(turn["text"]))
            for turn in record.get("history") or ()
        )
    except (TypeError, KeyError) as exc:
        raise ConfigError(
            f'{where} has a history that is not written as [{{"role": "user", "text": "…"}}, …]: {exc!r}.'
        ) from exc
