"""Messages as text: the lines above a letter, its body, and what only its formatted form says.

The same for every kind of mail. A mail program sends the body twice, plain and as a page; plain is what was
written, and the page sometimes says more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from phi_assistant.sentences import split_sentences

__all__ = ["combined", "unwrapped", "written"]

_ADDRESS = re.compile(r"\[?<?(?:https?|mailto|cid):[^\s<>\]]*>?\]?")
_WORD = re.compile(r"\w+")
_LAID_OUT = re.compile(r"\s|[>|•*+-]|\d+[.)]\s|-- ?$")
"""Lines that stand for themselves: quoted, listed, indented, or the mark of a signature."""
_WRAPPED = range(56, 100)
"""Columns at which programs break lines."""


def written(subject: str, lines: Iterable[tuple[str, str]], body: str) -> str:
    """ "# Subject", a line for each of sender, receivers and date that is known, and the body."""
    known = "\n".join(f"{name}: {value}" for name, value in lines if value)
    return "\n\n".join(filter(None, (f"# {subject}" if subject else "", known, body.strip("\n"))))


def combined(plain: str, page: str) -> str:
    """The plain body, and below it what only the page says; the page alone where it says everything and more."""
    if not plain.strip() or not page.strip():
        return plain if plain.strip() else page
    new = [" ".join(_news(block, plain)) for block in page.split("\n\n")]
    if any(new) and not any(_news(plain, page)):
        return page
    return "\n\n".join([plain, *filter(None, new)])


def _news(text: str, known: str) -> Iterator[str]:
    """The sentences that hold a word `known` does not, and so are not just written another way there."""
    told, words = _bare(known), set(_words(known))
    for begin, end in split_sentences(text):
        sentence = text[begin:end].strip()
        if not words.issuperset(_words(sentence)) and _bare(sentence) not in told:
            yield sentence


def _words(text: str) -> list[str]:
    return _WORD.findall(_ADDRESS.sub(" ", text).casefold())


def _bare(text: str) -> str:
    return "".join(_words(text))


def unwrapped(text: str, *, flowed: bool = False) -> str:
    """Paragraphs as one line each, where it was a program that broke them.

    A `flowed` text says so by a blank at the end of a line; else the next word would not have fitted into it.
    """
    return "\n\n".join(_joined(paragraph, flowed) for paragraph in text.replace("\r\n", "\n").split("\n\n")).strip()


def _joined(paragraph: str, flowed: bool) -> str:
    lines = paragraph.split("\n")
    width = max(map(len, lines), default=0)
    joined = lines[:1]
    for before, line in pairwise(lines):
        full = len(before) + 1 + len(line.split(" ", 1)[0]) > width and width in _WRAPPED
        broken = before.endswith(" ") and before != "-- " if flowed else full
        if broken and before.strip() and line and not _LAID_OUT.match(before) and not _LAID_OUT.match(line):
            joined[-1] = f"{joined[-1].rstrip()} {line}"
        else:
            joined.append(line)
    return "\n".join(line.rstrip() for line in joined)
