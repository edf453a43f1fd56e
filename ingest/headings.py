"""Markdown headings: "## Gift cards ##" at the beginning of a line, outside fenced code."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+([^\s#](?:[^\n]*\S)?)[ \t\r]*$", re.MULTILINE)
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)


def markdown_headings(text: str) -> Iterator[tuple[int, str]]:
    """The level, 1 to 6, and the words of each heading, in order."""
    for match in _HEADING.finditer(_FENCED.sub("", text)):
        yield len(match[1]), _without_closing(match[2])


def _without_closing(words: str) -> str:
    """ "Gift cards ##" is "Gift cards"; "C#" stays as it is. Not part of the pattern: it would take cubic time."""
    opened = words.rstrip("#")
    return opened.rstrip() if opened[-1:].isspace() else words
