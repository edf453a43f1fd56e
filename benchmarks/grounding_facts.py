"""Facts: correct answers, and the same with one fact changed by a script.

The script has patterns of its own and asks nothing of the product. Correct are gold sentences of squad2, doc2dial's
spans, the answers that people wrote for clapnq, and what the extractive answerer quotes; passages are those that
1,024 tokens hold, the gold one among them.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from phi_assistant.schema import Passage
from phi_assistant.sentences import split_sentences

NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,}){0,2})\b(?!['’-])")
_NO_NAMES = frozenset([*MONTHS, *DAYS, "The", "This", "You", "Your", "Internet"])


@dataclass(frozen=True)
class Given:
    """A correct answer with what it was written from."""

    origin: str
    question: str
    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Changed:
    """An answer with one fact changed."""

    kind: str
    text: str
    was: str
    now: str
    elsewhere: bool
    """Whether what it was changed to stands somewhere in the passages, for something else."""


def gold_sentences(passage: str, answers: Iterable[str]) -> str:
    """The first sentence of a passage that holds an answer; empty for none."""
    sentences = [" ".join(passage[start:end].split()) for start, end in split_sentences(passage)]
    return next((each for each in sentences if any(answer in each for answer in answers) and len(each) > 40), "")


def shown(text: str, passages: Sequence[Passage]) -> bool:
    """Whether a text stands in the passages, blanks aside."""
    whole = " ".join(" ".join(each.text for each in passages).split())
    return " ".join(text.split()) in whole


def changed(given: Given, names: Sequence[str], rng: random.Random, kinds: Sequence[str]) -> Changed | None:
    """The answer with one fact changed: of the first of these kinds that it has any of."""
    for kind in kinds:
        found = list(_PATTERNS[kind].finditer(given.text))
        found = [match for match in found if kind != "name" or match[0] in names]
        if found:
            match = rng.choice(found)
            now = _other(kind, match[0], names, rng)
            text = given.text[: match.start()] + now + given.text[match.end() :]
            return Changed(kind, text, match[0], now, _stands(now, given.passages))
    return None


def _stands(text: str, passages: Sequence[Passage]) -> bool:
    pattern = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)
    return any(pattern.search(passage.text) for passage in passages)


def _other(kind: str, was: str, names: Sequence[str], rng: random.Random) -> str:
    """Another fact of this kind, which differs in a word that is not "the"."""
    while True:
        now = _OTHER[kind](was, names, rng)
        if not set(now.lower().split()) & set(was.lower().split()):
            return now


def _digits(was: str, _: Sequence[str], rng: random.Random) -> str:
    """Every digit anew, as many as there were."""
    return "".join(rng.choice("123456789") if sign.isdigit() else sign for sign in was)


def _year(was: str, _: Sequence[str], rng: random.Random) -> str:
    return str(int(was) + rng.choice([-30, -20, -10, -7, -5, -3, -2, -1, 1, 2, 3, 5, 7, 10, 20]))


def _code(was: str, names: Sequence[str], rng: random.Random) -> str:
    return _digits(was, names, rng)


def _one_of(words: Sequence[str]) -> Callable[[str, Sequence[str], random.Random], str]:
    def other(was: str, names: Sequence[str], rng: random.Random) -> str:
        chosen = rng.choice(words)
        return chosen.capitalize() if was[0].isupper() else chosen

    return other


def _name(was: str, names: Sequence[str], rng: random.Random) -> str:
    """A name of as many words from another document."""
    return rng.choice([name for name in names if len(name.split()) == len(was.split())])


_PATTERNS = {
    "price": re.compile(r"(?<=[$€£])\d[\d,]*(?:\.\d+)?|\b\d[\d,]*(?:\.\d+)?(?= (?:dollars|euros|pounds)\b)"),
    "code": re.compile(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z]+[A-Z0-9]*(?:-?[A-Z0-9]+)+\b"),
    "date": re.compile(rf"\b(?:{'|'.join([*(month for month in MONTHS if month not in ('May', 'March')), *DAYS])})\b"),
    "year": re.compile(r"(?<![\w.,$-])(?:1[5-9]|20)\d\d(?![\w,-]|\.\d)"),
    "number": re.compile(r"(?<![\w.,$€£\[-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w,-]|\.\d)"),
    "number word": re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b(?!-)"),
    "name": _NAME,
}
KINDS = tuple(_PATTERNS)
_OTHER: dict[str, Callable[[str, Sequence[str], random.Random], str]] = {
    "price": _digits,
    "code": _code,
    "date": lambda was, names, rng: _one_of(MONTHS if was in MONTHS else DAYS)(was, names, rng),
    "year": _year,
    "number": _digits,
    "number word": _one_of(NUMBER_WORDS),
    "name": _name,
}


def names_of(texts: Iterable[str]) -> list[str]:
    """The names in these texts, each once, sorted: words with a capital that none of them has in small letters."""
    texts = list(texts)
    small = {word for text in texts for word in re.findall(r"\b[a-z]+\b", text)}
    found = Counter(match[0] for text in texts for match in _NAME.finditer(text))
    return sorted(
        name
        for name, count in found.items()
        if count > 1 and not _NO_NAMES & set(name.split()) and small.isdisjoint(name.lower().split())
    )
