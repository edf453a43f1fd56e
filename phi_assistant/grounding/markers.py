"""Markers: "[1]" in the text of a model, taken out and written anew.

Whatever models write is known here: "[1, 2]", "[1][2]", "([1])", "[1-3]", "[^1]", "【1】", "[Passage 1]", a line of
"Sources: [1], [2]" at the end. Code keeps its brackets, and so do links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBERS = r"\d{1,3}(?:\s*(?:[,;&–-]|and|und|y|at)\s*\d{1,3})*"
_LABEL = r"\^?(?:(?:passage|source|document|doc|ref|quelle|fuente)s?\s*[:#]?\s*)?"
_ONE = rf"(?:\[{_LABEL}{_NUMBERS}\](?!\()|【{_LABEL}{_NUMBERS}[^】\n]{{0,40}}】)"
_RUN = rf"(?:{_ONE}(?:[ \t]*[,;]?[ \t]*{_ONE})*|\({_ONE}(?:[ \t]*[,;]?[ \t]*{_ONE})*\))"
_CODE = r"^[ \t]*(?P<fence>`{3,}|~{3,})[\s\S]*?(?:^[ \t]*(?P=fence)[ \t]*$|\Z)|(?<!`)`[^`\s](?:[^`\n]*[^`\s])?`(?!`)"
_CODES = re.compile(_CODE, re.MULTILINE)
_MARKERS = re.compile(rf"(?P<code>{_CODE})|^{_RUN}[ \t]*|[ \t]*{_RUN}", re.MULTILINE | re.IGNORECASE)
_SOURCES = re.compile(
    r"^[ \t]*[*_#]*(?:sources?|references?|citations?|quellen?|fuentes?|referencias?|pinagmulan|sanggunian)"
    r"[*_]*[ \t]*:?[*_]*[ \t,;.]*\Z",
    re.IGNORECASE | re.MULTILINE,
)


def code_spans(text: str) -> list[tuple[int, int]]:
    """Where code stands: fenced blocks, and what is between backticks."""
    return [match.span() for match in _CODES.finditer(text)]


def without_markers(text: str) -> str:
    """The text as it reads without any marker; code is left as it is."""
    bare = _MARKERS.sub(lambda match: match["code"] or "", text)
    return _SOURCES.sub("", bare).rstrip() if bare != text else text


def written(numbers: Iterable[int]) -> str:
    """ "[1][3]": the markers of these passages, each once."""
    return "".join(f"[{number}]" for number in dict.fromkeys(numbers))
