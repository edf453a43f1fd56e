"""OpenDocument texts (.odt): headings, lists, tables, notes, frames, headers and footers, as Markdown.

Knows which parts of the package are read, and in which order. Not kreuzberg 4.10, which loses words at the
beginning of paragraphs and the numbers of lists. Pictures, comments and deleted text are not read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from lxml import etree

from ingest.readers.extraction import ONLY_PICTURES, Extraction, Problem, extraction, first_heading
from ingest.readers.office.blocks import Block, markdown, once
from ingest.readers.office.packages import Package, open_package
from ingest.readers.opendocument.body import Body, Styles
from ingest.readers.opendocument.lists import Lists
from ingest.readers.opendocument.text import OFFICE, STYLE, document_title
from ingest.readers.options import DEFAULTS, Options
from phi_assistant.errors import LoadError, NoText

_LINK = "{http://www.w3.org/1999/xlink}href"
_DAMAGED = "is damaged: it holds no text document. Open it in the program that wrote it, and save it again."


def read_odt(data: bytes, *, stem: str, options: Options = DEFAULTS) -> Extraction:
    document = _Document(open_package(data, options))
    text = markdown([*document.furniture("header"), *document.body(), *document.furniture("footer")])
    if not text:
        raise NoText(ONLY_PICTURES)
    titles = (document.title(), first_heading(text))
    return extraction([(text, "")], titles=titles, stem=stem, problems=document.problems)


class _Document:
    """The package as Writer shows it."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.problems: list[Problem] = []
        self._content = package.xml("content.xml")
        self._common = self._part("styles.xml")
        self._roots = [root for root in (self._common, self._content) if root is not None]
        self._styles = Styles.read(self._roots)

    def body(self) -> Iterator[Block]:
        body = self._content.find(f"{OFFICE}body")
        if body is None:
            raise LoadError(_DAMAGED)
        return self._reader().blocks(body)

    def furniture(self, kind: str) -> list[Block]:
        """The headers or the footers, each once: first pages and left ones may have their own."""
        found: list[Block] = []
        for variant in (kind, f"{kind}-left", f"{kind}-first"):
            for element in self._common.iter(f"{STYLE}{variant}") if self._common is not None else ():
                found += self._reader(flowing=True).blocks(element)
        return once(found)

    def title(self) -> str:
        meta = self._part("meta.xml")
        return document_title(meta) if meta is not None else ""

    def _reader(self, *, flowing: bool = False) -> Body:
        return Body(self._styles, Lists.read(self._roots), self._embedded, flowing)

    def _embedded(self, element: etree._Element) -> etree._Element | None:
        """What stands in the element itself, or in the folder of this package that it names."""
        if len(element):
            return element[0]
        folder = posixpath.normpath(element.get(_LINK, ""))
        return self._part(f"{folder}/content.xml")

    def _part(self, name: str) -> etree._Element | None:
        """A part beside the text; where it is damaged, the text is read all the same."""
        if name not in self._package:
            return None
        try:
            return self._package.xml(name)
        except LoadError as exc:
            self.problems.append(Problem(name, str(exc)))
            return None
