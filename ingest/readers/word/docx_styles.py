"""The styles of a Word document: which paragraphs are headings, and which lists a style puts them in.

Knows styles.xml; knows nothing of text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.readers.office.blocks import lists_contents, named_level

_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    parent: str
    outline: int | None
    """0 is the first level, 9 body text."""
    numbering: tuple[str | None, int | None]
    """The list ("numId") and the depth in it."""


@dataclass(frozen=True, slots=True)
class Styles:
    """By style id; each style inherits from its parent."""

    known: dict[str, _Style]

    @classmethod
    def read(cls, root: etree._Element | None) -> Styles:
        styles = root.iterfind("{*}style") if root is not None else ()
        return cls({value(style, "styleId"): _style(style) for style in styles})

    def level(self, properties: etree._Element | None) -> int:
        """The level of a heading, from 1; 0 where a paragraph is none."""
        own = integer(properties, "outlineLvl")
        if own is not None:
            return own + 1 if own < 9 else 0
        for style in self._chain(style_id(properties)):
            if named := named_level(style.name):
                return named
            if style.outline is not None:
                return style.outline + 1 if style.outline < 9 else 0
        return 0

    def numbering(self, style: str) -> tuple[str | None, int | None]:
        key = depth = None
        for each in self._chain(style):
            key = each.numbering[0] if key is None else key
            depth = each.numbering[1] if depth is None else depth
        return key, depth

    def is_contents(self, properties: etree._Element | None) -> bool:
        """A line of the table of contents: what it says stands in the document as a heading."""
        return any(lists_contents(style.name) for style in self._chain(style_id(properties)))

    def _chain(self, style: str) -> Iterator[_Style]:
        for _ in range(_LONGEST_CHAIN):
            found = self.known.get(style)
            if found is None:
                return
            yield found
            style = found.parent


def style_id(properties: etree._Element | None) -> str:
    return value(child(properties, "pStyle"), "val")


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Found by local names: Word documents of the strict kind have other namespaces."""
    for name in path:
        element = element.find(f"{{*}}{name}") if element is not None else None
    return element


def value(element: etree._Element | None, name: str) -> str:
    items = element.items() if element is not None else ()
    return next((found for key, found in items if key.rpartition("}")[2] == name), "")


def integer(element: etree._Element | None, *path: str) -> int | None:
    """The number that a property gives; none where it is missing or no number."""
    text = value(child(element, *path), "val")
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None


def numbered(properties: etree._Element | None) -> tuple[str | None, int | None]:
    """The list and depth that paragraph properties name themselves."""
    return value(child(properties, "numPr", "numId"), "val") or None, integer(properties, "numPr", "ilvl")


def _style(style: etree._Element) -> _Style:
    properties = child(style, "pPr")
    return _Style(
        name=value(child(style, "name"), "val"),
        parent=value(child(style, "basedOn"), "val"),
        outline=integer(properties, "outlineLvl"),
        numbering=numbered(properties),
    )
