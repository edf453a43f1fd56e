"""The signs with which Markdown emphasises, as **in bold**: people read what stands between them.

Underscores are left alone: `__init__` and many a name has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PAIRS = re.compile(
    r"(?<![\\*])(\*\*)(?=[^\s*])[^\n]{0,2000}?(?<=[^\s*\\])(\*\*)(?!\*)"  # **bold**
    r"|(?<![\w\\*])(\*)(?=[^\s*])[^*\n]{0,2000}?(?<=[^\s*\\])(\*)(?![\w*])"  # *emphasis*, and not 2*3*4
    r"|(?<![\\`])(`)(?=[^\s`])[^`\n]{0,2000}?(?<=[^\s`])(`)(?!`)"  # `code`
)


def without_emphasis(text: str) -> str:
    """The text without these signs, where they come in pairs."""
    dropped = set(signs(text))
    return "".join(sign for at, sign in enumerate(text) if at not in dropped) if dropped else text


def signs(text: str) -> Iterator[int]:
    """Where they stand; those within others as well."""
    for pair in _PAIRS.finditer(text):
        before, after = (pair.span(group) for group in range(1, 7) if pair.group(group) is not None)
        yield from range(*before)
        yield from (before[1] + at for at in signs(text[before[1] : after[0]]))
        yield from range(*after)
