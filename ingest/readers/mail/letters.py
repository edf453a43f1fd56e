"""Messages as text: the lines above a letter, its body, and what only its formatted form says.

The same for every kind of mail, as is what locks its text. A mail program sends the body twice, plain and as a
page; plain is what was written, and the page sometimes says more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from ingest.readers.extraction import Extraction, Problem, extraction, tiled
from ingest.readers.inner import InnerFiles
from phi_assistant.errors import EncryptedFile, LoadError, NoText
from phi_assistant.sentences import split_sentences

__all__ = ["LOCKED", "combined", "letter", "opened", "sealed", "unwrapped", "written"]

LOCKED = "is encrypted (PGP or S/MIME): only the mail program with its key opens it. Save its text, and add that."
_SIGNED = "is signed with its text sealed in (S/MIME). Save the text from the mail program, and add that."
_PGP = re.compile(r"\s*-----BEGIN PGP MESSAGE-----.*?(-----END PGP MESSAGE-----\s*|\Z)", re.DOTALL)

_TABLE = "\n| --- |"
_ADDRESS = re.compile(r"\[?<?(?:https?|mailto|cid):[^\s<>\]]*>?\]?")
_WORD = re.compile(r"\w+")
_LAID_OUT = re.compile(r"\s|[>|•*+-]|\d+[.)]\s|-- ?$")
"""Lines that stand for themselves: quoted, listed, indented, or the mark of a signature."""
_WRAPPED = range(56, 100)
"""Columns at which programs break lines."""


def letter(
    subject: str,
    lines: Iterable[tuple[str, str]],
    body: str,
    *,
    stem: str,
    files: InnerFiles,
    locks: Iterable[LoadError],
) -> Extraction:
    """One page for the message, then those of what is attached; `locks` are why parts of it cannot be read."""
    if not body and not files.pages and not subject:
        raise NoText("is a message without any text.")
    text = written(subject, lines, body) + ("\n\n" if files.pages else "")
    problems = [Problem("the body", str(lock)) for lock in locks] + files.problems
    alone = extraction([(text, "")], titles=(subject,), stem=stem, problems=problems)
    return replace(alone, pages=tiled([*alone.pages, *files.pages]))


def written(subject: str, lines: Iterable[tuple[str, str]], body: str) -> str:
    """ "# Subject", a line for each of sender, receivers and date that is known, and the body."""
    known = "\n".join(f"{name}: {value}" for name, value in lines if value)
    return "\n\n".join(filter(None, (f"# {subject}" if subject else "", known, body.strip("\n"))))


def opened(body: str) -> tuple[str, bool]:
    """The body without what is encrypted in it, and whether something was."""
    text, count = _PGP.subn("\n\n", body)
    return text.strip(), count > 0


def sealed(content_type: str) -> LoadError:
    """Why S/MIME of this type cannot be read."""
    return LoadError(_SIGNED) if "signed" in content_type else EncryptedFile(LOCKED)


def combined(plain: str, page: str) -> str:
    """The plain body, and below it what only the page says; the page alone where it says everything, and more or
    in a table."""
    if not plain.strip() or not page.strip():
        return plain if plain.strip() else page
    new = [" ".join(_news(block, plain)) for block in page.split("\n\n")]
    if (any(new) or _TABLE in page) and not any(_news(plain, page)):
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
