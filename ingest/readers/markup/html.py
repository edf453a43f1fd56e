"""HTML pages: what they say, as Markdown, without what surrounds it.

Knows which parts of a page are about its subject; lxml, under BeautifulSoup, knows how broken HTML nests, and
markdownify how blocks are written. Not kreuzberg 4.10: it joins words ("a- x" for one that stands loose in a
list), drops without a word what is nested deeply, and pads the columns of tables with blanks.
"""

from __future__ import annotations

import re
from itertools import chain

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from ingest.readers.extraction import Extraction, extraction
from ingest.readers.options import Options
from ingest.readers.tables import pipe_table, spread
from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError, NoText

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WRITTEN = ("p", "ul", "ol", "li", "dl", "dt", "dd", "pre", "blockquote", "table", *_HEADINGS)
_PARTING = (  # Markdown has no form for these: they only part one text from the next
    "html body main article section header div hgroup caption thead tbody tfoot tr td th figure figcaption hr"
    " address details summary fieldset legend form center"
).split()
_NO_BLOCK = re.compile(rf"<!--.*?-->|<(?!/?(?:{'|'.join([*_WRITTEN, *_PARTING])})[\s/>])[^>]*>", re.DOTALL)
_POWER = re.compile(r"(?<=[0-9])<sup\b[^>]*>(?=[-−–+]?[0-9]+</sup>)")
""" "10" and a raised "7" is no 107."""
_LEFT_OUT = """
    head, title, script, style, noscript, template, svg, math, canvas, iframe, object, audio, video, select,
    button, textarea, nav, footer, aside, menu, dialog, .headerlink, .noprint, .mw-editsection, .navbox,
    .catlinks, .sr-only, .visually-hidden, [role=navigation], [role=banner]:not(header), [role=contentinfo],
    [role=complementary], [role=search], [role=dialog], [role=note], :not(html, body):is([hidden],
    [aria-hidden=true], [style*="display:none"], [style*="display: none"])
"""


class _Markdown(MarkdownConverter):
    def process_text(self, el: NavigableString, parent_tags: set[str]) -> str:
        return str(el)  # not escaped: sentences are quoted as they stand

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n{text.strip()}\n"


def read_html(data: bytes, *, stem: str, options: Options) -> Extraction:
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    # With a doctype first, BeautifulSoup never warns that a page looks like XML or like a file's name.
    page = BeautifulSoup("<!DOCTYPE html>" + decode(data, declared=declared), "lxml")
    title = " ".join(map(_text, page.select("title:not(svg *)")[:1]))
    try:
        titles, markdown = _read(page, title)
    except RecursionError as exc:  # in BeautifulSoup or markdownify, from some 250 elements on
        raise LoadError("nests its elements too deeply to be read. Save it from the browser as PDF.") from exc
    if not markdown:
        raise NoText("holds no text: perhaps a script fills the page. Save it from the browser.")
    return extraction([(markdown, "")], titles=titles, stem=stem)


def whole_markdown(page: BeautifulSoup) -> str:
    """All that a page holds, for what is no page of a web site: the chapter of a book."""
    try:
        whole = _blocks(page)
        _simplify(whole)
        return _Markdown(heading_style="atx", bullets="-").convert_soup(whole).strip()
    except RecursionError as exc:
        raise LoadError("nests its elements too deeply to be read.") from exc


def _read(page: BeautifulSoup, title: str) -> tuple[tuple[str, ...], str]:
    _leave_out(page)
    blocks = _blocks(page)
    titles, main = _titles(title, blocks), _main(blocks)
    _simplify(main)
    return titles, _Markdown(heading_style="atx", bullets="-").convert_soup(main).strip()


def _text(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def _leave_out(page: BeautifulSoup) -> None:
    for tag in page.select(_LEFT_OUT):
        tag.decompose()
    for header in reversed(page.find_all("header")):  # the inner ones first
        header.replace_with(*header.find_all(_HEADINGS))


def _blocks(page: BeautifulSoup) -> BeautifulSoup:
    """The page without links, emphasis and pictures, and with U+000B for a line break.

    Taken from its source as BeautifulSoup writes it, where ">" only ends tags: its `unwrap` is quadratic.
    """
    source = _NO_BLOCK.sub("", _POWER.sub("^", re.sub(r"<br\b[^>]*>", "\v", str(page))))
    return BeautifulSoup(re.sub(r"(?<=>)\s+(?=<)", "", source), "lxml")


def _main(page: BeautifulSoup) -> Tag:
    """The part of the page that is about its subject, where the page says which; else all of it."""
    articles = page.find_all("article")
    candidates = [*page.select("main, [role=main]")[:1], *(articles if len(articles) == 1 else [])]
    return next(filter(_text, candidates), page)


def _titles(title: str, page: BeautifulSoup) -> tuple[str, ...]:
    """The page's heading where its <title> repeats it ("Refunds | Shop"), or that, or a heading."""
    top, first = (next(filter(None, map(_text, page.find_all(kind))), "") for kind in ("h1", _HEADINGS))
    return (top if top.lower() in title.lower() else "", title, top or first)


def _simplify(part: Tag) -> None:
    """What markdownify is at a loss with becomes what it knows."""
    for string in part.find_all(string=True):
        _tidy(string)
    for inner in part.select(":is(ul, ol) > :is(ul, ol)"):  # often written, never right
        if item := inner.find_previous_sibling("li"):
            item.append(inner)
    for numbered in part.select("ol[start]"):
        numbered["start"] = str(_number(numbered, "start"))
    for table in part.find_all("table"):
        _write(table)
    for block in part.find_all(("pre", *_HEADINGS)):
        block.string = _text(block) if block.name != "pre" else block.get_text()
        block.name = block.name if _text(block) else "div"
    for tag in part.select(f"{','.join(_PARTING)}, li:not(ul > li, ol > li)"):
        tag.name = "div"


def _tidy(string: NavigableString) -> None:
    """Single blanks, and a line break where one is asked for; two of them begin another paragraph."""
    text = string.replace("\v", "\n")
    if not string.find_parent("pre"):
        lines = "\n".join(" ".join(line.split()) for line in string.split("\v"))
        text = re.sub(r"\n{3,}", "\n\n", lines.strip())
    string.replace_with(tidy := NavigableString(text))
    if tidy.previous_sibling or (tidy.next_sibling and tidy.parent and tidy.parent.name != "li"):
        tidy.wrap(Tag(name="p"))


def _write(table: Tag) -> None:
    """A table that only arranges the page, by tables, headings or one column, is read as text."""
    arranges = table.find(("table", *_HEADINGS))
    rows = [] if arranges else [row.find_all(("td", "th")) for row in table.find_all("tr")]
    told = " ".join(filter(None, map(_text, chain(captions := table.find_all("caption"), *rows))))
    if max(map(len, rows), default=0) < 2 or told != _text(table):  # words beside the cells
        table.name = "div"
    elif markdown := pipe_table(spread([map(_cell, row) for row in rows])):
        table.insert_before(*captions)
        table.name, table.string = "p", markdown


def _cell(cell: Tag) -> tuple[str, int, int]:
    columns, rows = _number(cell, "colspan"), _number(cell, "rowspan")
    return _text(cell), columns if 0 < columns < 50 else 1, rows or 1  # "colspan=100" says: the whole row


def _number(tag: Tag, name: str) -> int:
    value = str(tag.get(name))
    return int(value) if re.fullmatch("[0-9]{1,4}", value) else 1
