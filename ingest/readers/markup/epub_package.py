"""The order of an e-book: which of its files are chapters, and what its table of contents calls them.

Knows the container, the package document (EPUB 2 and 3) and both kinds of tables of contents; opens no chapter.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urldefrag

from lxml import etree

from ingest.readers.office.drawings import local
from ingest.readers.office.packages import Package
from phi_assistant.errors import EncryptedFile, LoadError

_CHAPTERS = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways of scrambling fonts, which keep nobody from reading."""
_DAMAGED = "is damaged: it does not say which chapters it has. Fetch or save it again, and add that."
_PROTECTED = "is protected against copying (DRM), and only its shop's program opens it. Add a copy without protection."
_TYPE = "{http://www.idpf.org/2007/ops}type"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of contents."""

    label: str
    level: int
    name: str
    """The file that it points into."""
    anchor: str
    """The id of the element there; empty for the file as a whole."""


@dataclass(frozen=True, slots=True)
class _Item:
    name: str
    kind: str
    properties: str


@dataclass(frozen=True)
class Book:
    """The book in a package."""

    package: Package

    @cached_property
    def chapters(self) -> list[str]:
        """The names of its files in reading order, without the pages that list its contents."""
        order = [each.get("idref", "") for each in self._root.iter("{*}itemref")] or list(self._items)
        items = [self._items[each] for each in order if each in self._items]
        left_out = self._contents_pages()
        names = [item.name for item in items if item.kind in _CHAPTERS and item.name not in left_out]
        if not names:
            raise LoadError(_DAMAGED)
        if not self._scrambled().isdisjoint(names):
            raise EncryptedFile(_PROTECTED)
        return list(dict.fromkeys(names))

    @cached_property
    def title(self) -> str:
        titles = self._root.iter("{http://purl.org/dc/elements/1.1/}title")
        return next((_words(each) for each in titles), "")

    @cached_property
    def contents(self) -> list[Entry]:
        """The table of contents; empty where there is none, or where it is damaged."""
        items = self._items.values()
        navigation = next((item.name for item in items if "nav" in item.properties.split()), None)
        points = next((item.name for item in items if item.kind == "application/x-dtbncx+xml"), None)
        try:
            if navigation:
                return list(_navigation(self.package.xml(navigation), navigation))
            return list(_points(self.package.xml(points), points)) if points else []
        except LoadError:
            return []

    @cached_property
    def _path(self) -> str:
        """Where the package document lies."""
        try:
            container = self.package.xml("META-INF/container.xml")
            named = [each.get("full-path", "") for each in container.iter("{*}rootfile")]
        except LoadError:
            named = []
        lying = [name for name in self.package.namelist() if name.lower().endswith(".opf")]
        for name in (*named, *lying):
            if name in self.package:
                return str(name)
        raise LoadError(_DAMAGED)

    @cached_property
    def _root(self) -> etree._Element:
        return self.package.xml(self._path)

    @cached_property
    def _items(self) -> dict[str, _Item]:
        """By id."""
        return {
            item.get("id", ""): _Item(
                name=_target(self._path, item.get("href", ""))[0],
                kind=item.get("media-type", "").lower(),
                properties=item.get("properties", ""),
            )
            for item in self._root.iter("{*}item")
        }

    def _contents_pages(self) -> set[str]:
        guide = (each.get("href", "") for each in self._root.iter("{*}reference") if each.get("type") == "toc")
        navigation = {item.name for item in self._items.values() if "nav" in item.properties.split()}
        # One that is all of the book, with its contents on the first page, is the book.
        pages = {_target(self._path, href)[0] for href in guide if "#" not in href}
        return navigation | pages if len(self._items) > 3 else navigation

    def _scrambled(self) -> set[str]:
        """The files that protection against copying has encrypted."""
        if "META-INF/encryption.xml" not in self.package:
            return set()
        names = set()
        for data in self.package.xml("META-INF/encryption.xml").iter("{*}EncryptedData"):
            methods = {each.get("Algorithm", "") for each in data.iterfind("{*}EncryptionMethod")}
            if methods.isdisjoint(_FONTS):
                names |= {unquote(each.get("URI", "")) for each in data.iter("{*}CipherReference")}
        return names


def _navigation(root: etree._Element, path: str) -> Iterator[Entry]:
    """EPUB 3: lists within lists."""
    navs = list(root.iter("{*}nav"))
    chosen = next((nav for nav in navs if "toc" in nav.get(_TYPE, "").split()), navs[0] if navs else None)
    for link in chosen.iter("{*}a") if chosen is not None else ():
        level = sum(local(above) in ("ol", "ul") for above in link.iterancestors())
        yield Entry(_words(link), level, *_target(path, link.get("href", "")))


def _points(root: etree._Element, path: str) -> Iterator[Entry]:
    """EPUB 2: toc.ncx."""
    for point in root.iter("{*}navPoint"):
        label, content = point.find("{*}navLabel"), point.find("{*}content")
        if label is not None and content is not None:
            level = 1 + sum(local(above) == "navPoint" for above in point.iterancestors())
            yield Entry(_words(label), level, *_target(path, content.get("src", "")))


def _target(path: str, href: str) -> tuple[str, str]:
    """The file and the anchor that a link names, seen from the file that it stands in."""
    href, anchor = urldefrag(href)
    name = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), unquote(href))) if href else f"/{path}"
    return name.lstrip("/"), unquote(anchor)


def _words(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).split())
