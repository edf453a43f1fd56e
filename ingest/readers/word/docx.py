"""Word documents (.docx): headings, lists, tables, notes, text boxes, headers and footers, as Markdown.

Knows which parts of the package are read, and in which order. Not kreuzberg 4.10, which drops entities, text
boxes and headers, and flattens lists. Pictures, comments and deleted text are not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.readers.extraction import ONLY_PICTURES, Extraction, Problem, extraction, first_heading
from ingest.readers.office.blocks import Block, markdown, once
from ingest.readers.office.drawings import chart_markdown, paragraph_text
from ingest.readers.office.packages import open_package
from ingest.readers.office.parts import Parts, relation
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.word.docx_body import Body
from ingest.readers.word.docx_lists import Lists
from ingest.readers.word.docx_styles import Styles, child, value
from phi_assistant.errors import LoadError, NoText

_DAMAGED = "is damaged: it is cut short or altered. Open it in Word, save it again, and add that."


def read_docx(data: bytes, *, stem: str, options: Options = DEFAULTS) -> Extraction:
    parts = Parts(open_package(data, options))
    document = _Document(parts)
    text = markdown([*document.furniture("header"), *document.body(), *document.furniture("footer")])
    if not text:
        raise NoText(ONLY_PICTURES)
    return extraction([(text, "")], titles=(parts.title(), first_heading(text)), stem=stem, problems=document.problems)


class _Document:
    """The package as Word shows it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._main = parts.main("word/document.xml")
        self.problems: list[Problem] = []
        self._styles = Styles.read(self._root("styles"))
        self._numbering = self._root("numbering")
        self._notes = dict(self._noted("footnote")) | dict(self._noted("endnote"))

    def body(self) -> Iterator[Block]:
        body = child(self._parts.xml(self._main), "body")
        if body is None:
            raise LoadError(_DAMAGED)
        return self._reader().blocks(body)

    def furniture(self, kind: str) -> list[Block]:
        """The headers or the footers, each once: first pages, even ones and sections have their own."""
        found: list[Block] = []
        for root in self._roots(kind):
            found += self._reader(flowing=True).blocks(root)
        return once(found)

    def _reader(self, *, flowing: bool = False) -> Body:
        lists = Lists.read(self._numbering)
        return Body(self._styles, lists, {} if flowing else self._notes, self._drawn, flowing)

    def _noted(self, kind: str) -> Iterator[tuple[tuple[str, str], etree._Element]]:
        for root in self._roots(f"{kind}s"):
            for note in root:
                yield (kind, value(note, "id")), note

    def _drawn(self, drawing: etree._Element) -> str:
        target = relation(drawing) or relation(drawing, "dm")
        for part in self._parts.related(self._main, "chart", "diagramData"):
            if part.id == target:
                root = self._read(part.name)
                return "" if root is None else chart_markdown(root) if part.kind == "chart" else _diagram(root)
        return ""

    def _root(self, kind: str) -> etree._Element | None:
        return next(self._roots(kind), None)

    def _roots(self, kind: str) -> Iterator[etree._Element]:
        for part in self._parts.related(self._main, kind):
            root = self._read(part.name)
            if root is not None:
                yield root

    def _read(self, name: str) -> etree._Element | None:
        """A part beside the text; where it is damaged, the text is read all the same."""
        try:
            return self._parts.xml(name)
        except LoadError as exc:
            self.problems.append(Problem(name, str(exc)))
            return None


def _diagram(root: etree._Element) -> str:
    return "\n".join(filter(None, (paragraph_text(paragraph) for paragraph in root.iter("{*}p"))))
