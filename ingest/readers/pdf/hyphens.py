"""The hyphen at the end of a line: whether it belongs to the word or only broke it.

Knows the words of the document, which decide where they can.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ingest.readers.pdf.lines import HYPHEN

__all__ = ["break_joined", "words_of"]

_SOFT = "\xad"
_SUSPENDED = re.compile(r"(und|oder|bzw|sowie|and|or|to)\b")
""" "Vor- und Nachteile": the hyphen stands for the rest of the word."""
_COMPOUND = frozenset("self well so mid two three four five six ten one single multi cross year state".split())
"""First halves after which the hyphen stays: no longer word begins with them, or hardly any."""


def words_of(texts: Iterable[str]) -> Counter[str]:
    """Every word and hyphenated word, in lower case."""
    return Counter(re.findall(r"\w+(?:-\w+)*", " ".join(texts).lower()))


def break_joined(text: str, after: str, words: Counter[str]) -> str | None:
    """The line `text` and the next one as one, where a hyphen stands between them; else None."""
    if not (text.endswith((HYPHEN, "-", _SOFT)) and text[-2:-1].isalpha() and after[:1].isalpha()):
        return None
    return text[:-1] + ("" if text[-1] == _SOFT else _hyphen(text[:-1], after, words)) + after


def _hyphen(left: str, right: str, words: Counter[str]) -> str:
    """The hyphen of "self-publishing" stays, the one of "infor-mation" goes."""
    first, second = re.findall(r"\w+$", left.lower()), re.findall(r"^\w+", right.lower())
    if not first or not second or right[0].isupper():
        return "-"
    joined, hyphened = first[0] + second[0], f"{first[0]}-{second[0]}"
    if words[joined]:
        return ""
    if _SUSPENDED.match(right):
        return "- "
    if words[hyphened] or len(first[0]) == 1 or first[0] in _COMPOUND:
        return "-"
    return "-" if words[first[0]] > 1 and words[second[0]] > 1 else ""
