"""E-books (.epub): their chapters in reading order, as Markdown.

Knows what in a chapter is not part of its text, and which heading a chapter without one has; `epub_package`
knows the order, `hypertext` how a page is written down. Pictures are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector

from ingest.readers.extraction import ONLY_PICTURES, Extraction, Problem, extraction, first_heading
from ingest.readers.markup.epub_package import Book, Entry
from ingest.readers.markup.html import whole_markdown
from ingest.readers.office.formulas import linear
from ingest.readers.office.packages import open_package, parse_xml
from ingest.readers.options import DEFAULTS, Options
from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError, NoText

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LEFT_OUT = r"""
    head, script, style, noscript, template, svg, iframe, object, audio, video, rt, rp,
    [epub\:type~=pagebreak], [epub\:type~=noteref], [epub\:type~=page-list], [epub\:type~=toc], [epub\:type~=landmarks],
    [role~=doc-pagebreak], [role~=doc-noteref], [role~=doc-pagelist], [role~=doc-toc]
"""
_SURROUNDING = ("nav", "aside", "footer", "header")
"""On a page of the web these stand around the text; in a book they hold notes and titles."""


def read_epub(data: bytes, *, stem: str, options: Options = DEFAULTS) -> Extraction:
    book = Book(open_package(data, options))
    problems: list[Problem] = []
    text = "\n\n".join(filter(None, _chapters(book, problems)))
    if not text and problems:
        raise LoadError(problems[0].reason)
    if not text:
        raise NoText(ONLY_PICTURES)
    return extraction([(text, "")], titles=(book.title, first_heading(text)), stem=stem, problems=problems)


def _chapters(book: Book, problems: list[Problem]) -> Iterator[str]:
    for name in book.chapters:
        try:
            page = _tidy(_page(book.package.read(name)))
            if len(book.contents) > 1:  # else the only entry is the book
                _name(page, [entry for entry in book.contents if entry.name == name])
            yield whole_markdown(page)
        except LoadError as exc:
            problems.append(Problem(name, str(exc)))


def _page(data: bytes) -> BeautifulSoup:
    source = decode(data, declared=EncodingDetector.find_declared_encoding(data))
    # With a doctype first, BeautifulSoup never warns that a page looks like XML or like a file's name.
    return BeautifulSoup("<!DOCTYPE html>" + source, "lxml")


def _tidy(page: BeautifulSoup) -> BeautifulSoup:
    """The page without what is not read aloud, and with its formulas in words."""
    for tag in page.select(_LEFT_OUT):
        tag.decompose()
    for formula in page.find_all("math"):
        formula.replace_with(_formula(formula))
    for tag in page.find_all(_SURROUNDING):
        tag.name = "div"
    return page


def _formula(formula: Tag) -> str:
    try:
        return f" {linear(parse_xml(str(formula).encode()))} "
    except LoadError:  # a prefix that the page declares elsewhere
        return formula.get_text(" ")


def _name(page: BeautifulSoup, entries: Sequence[Entry]) -> None:
    """A chapter without any heading has those that the table of contents gives it."""
    if page.find(_HEADINGS) or not page.get_text(strip=True):
        return
    for entry in filter(lambda entry: entry.label, entries):
        target = page.find(id=entry.anchor) if entry.anchor else page.body
        if isinstance(target, Tag):
            _head(page, target, entry)


def _head(page: BeautifulSoup, target: Tag, entry: Entry) -> None:
    """Make the paragraph that says the label a heading, or set one before the target."""
    level = f"h{min(entry.level, 6)}"
    for paragraph in _paragraphs_at(target):
        if _plain(paragraph.get_text(" ")) == _plain(entry.label):
            paragraph.name = level
            return
    heading = page.new_tag(level)
    heading.string = entry.label
    if target is page.body:
        target.insert(0, heading)
    else:
        (target if target.name in ("p", "div", "section") else target.parent or target).insert_before(heading)


def _paragraphs_at(target: Tag) -> Iterable[Tag]:
    """The target or what holds it, and the first paragraphs in it or after it."""
    around = [each for each in (target, target.parent) if each is not None and each.name in ("p", "div")]
    return [*around, *target.find_all("p", limit=2), *target.find_all_next("p", limit=2)]


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
