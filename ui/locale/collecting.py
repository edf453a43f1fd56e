"""Collects texts for the catalogues, for Babel: from every call of `_` and its like, also those within f-strings.

Babel's own way reads tokens, and an f-string is a single one until Python 3.12.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import Any, BinaryIO

Found = tuple[int, str, str | tuple[str, ...], list[str]]
"""Line, function, its texts, and no comments."""


def texts(file: BinaryIO, keywords: Collection[str], tags: object, options: object) -> Iterator[Found]:
    """All calls in a file whose texts are to be translated."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords:
            said = tuple(_text(argument) for argument in node.args)
            if said and said[0]:
                yield node.lineno, node.func.id, said if len(said) > 1 else said[0], []


def _text(argument: Any) -> str:
    """Empty for what is no text, such as a number or a name."""
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""
