"""PowerPoint presentations (.pptx): slides in their order, each with what stands on it.

Written because python-pptx refuses a whole deck for one picture that is missing, and does not tell which
paragraphs have bullets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.readers.damages import DAMAGES
from ingest.readers.office.drawings import chart_markdown, local, paragraph_text
from ingest.readers.office.parts import Part, Parts, relation
from ingest.readers.slides.content import Content
from ingest.readers.slides.pptx_text import Styles, placeholder, text_blocks
from ingest.readers.slides.shape_order import Box
from ingest.readers.slides.shown import Slide
from ingest.readers.tables import pipe_table, spread
from phi_assistant.errors import LoadError

_TITLES = ("title", "ctrTitle")
_MARGINS = ("dt", "ftr", "hdr")
_UNREAD = ("sldNum", "sldImg")
_DEEPEST = 50


def pptx_slides(parts: Parts) -> Iterator[Slide]:
    name = parts.main("ppt/presentation.xml")
    presentation = parts.xml(name)
    targets = {part.id: part for part in parts.related(name, "slide")}
    first = int(presentation.get("firstSlideNum", "1"))
    styles: dict[str, Styles] = {}
    for number, entry in enumerate(presentation.findall("{*}sldIdLst/{*}sldId"), first):
        if part := targets.get(relation(entry)):
            yield _slide(parts, part, number, styles)
        else:
            yield Slide(number, problem="is missing from the file.")


def _slide(parts: Parts, part: Part, number: int, styles: dict[str, Styles]) -> Slide:
    """Slides share a few layouts, which are kept in `styles`."""
    try:
        root = parts.xml(part.name)
        layout = next((each.name for each in parts.related(part.name, "slideLayout")), "")
        if layout not in styles:
            styles[layout] = Styles.read(parts, layout)
        content = Content()
        for tree in root.findall("{*}cSld/{*}spTree"):
            _take(content, tree, _Around(parts, part.name, styles[layout]))
    except (LoadError, *DAMAGES):
        return Slide(number, problem="is damaged, and not read.")
    return Slide(
        number=number,
        title=content.title,
        blocks=content.blocks,
        margin=content.margin,
        notes=_notes(parts, part.name),
        comments=_comments(parts, part.name),
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a shape stands: its slide, and the layout that it takes its looks from."""

    parts: Parts
    slide: str
    styles: Styles


def _take(content: Content, shapes: etree._Element, around: _Around, depth: int = 0) -> None:
    for shape in shapes:
        kind = local(shape)
        if kind == "sp":
            _take_text(content, shape, around)
        elif kind == "graphicFrame":
            content.placed.append((_box(shape), _graphic(shape, around)))
        elif kind == "grpSp" and depth < _DEEPEST:
            inner = Content()
            _take(inner, shape, around, depth + 1)
            content.take_group(inner, _box(shape))
        elif kind == "AlternateContent":
            _take_choice(content, shape, around, depth)


def _take_choice(content: Content, shape: etree._Element, around: _Around, depth: int) -> None:
    """The newer form of a shape; the one for older programs where nothing is found in that."""
    for form in (*shape.findall("{*}Choice"), *shape.findall("{*}Fallback")):
        before = len(content.placed), content.title
        _take(content, form, around, depth + 1)
        if content.title != before[1] or any(blocks for _, blocks in content.placed[before[0] :]):
            return


def _take_text(content: Content, shape: etree._Element, around: _Around) -> None:
    kind, _ = placeholder(shape) or ("", "")
    body = shape.find("{*}txBody")
    if body is None or kind in _UNREAD:
        return
    if kind in _TITLES and not content.title:
        content.title = " ".join(filter(None, map(paragraph_text, body.iterfind("{*}p"))))
    elif kind in _MARGINS:
        if not _is_automatic(body):
            content.margin += text_blocks(shape, around.styles)
    else:
        content.placed.append((_box(shape) or around.styles.box(shape), text_blocks(shape, around.styles)))


def _is_automatic(body: etree._Element) -> bool:
    """The date of the day on which the deck is opened, or the number of the slide."""
    return any(field.get("type", "").startswith(("datetime", "slidenum")) for field in body.iter("{*}fld"))


def _box(shape: etree._Element) -> Box | None:
    transform = next((each for each in shape.iter("{*}xfrm")), None)
    return Box.of(transform)


def _graphic(frame: etree._Element, around: _Around) -> list[str]:
    """A table, or what a chart or a diagram says."""
    data = frame.find("{*}graphic/{*}graphicData")
    if data is None:
        return []
    tables = [text for table in data.iterfind("{*}tbl") if (text := _table(table))]
    return tables + [text for element in data for text in _referred(element, around) if text]


def _referred(element: etree._Element, around: _Around) -> Iterator[str]:
    related = {part.id: part for part in around.parts.related(around.slide, "chart", "chartEx", "diagramData")}
    part = related.get(relation(element)) or related.get(relation(element, "dm"))
    if part is None:
        return
    try:
        root = around.parts.xml(part.name)
    except LoadError:
        return
    if part.kind == "diagramData":
        points = (paragraph_text(each) for each in root.iterfind("{*}ptLst/{*}pt/{*}t/{*}p"))
        yield "\n".join(f"- {text}" for text in points if text)
    else:
        yield chart_markdown(root)


def _table(table: etree._Element) -> str:
    rows = [
        [
            (_cell(cell), int(cell.get("gridSpan", "1")), int(cell.get("rowSpan", "1")))
            for cell in row.iterfind("{*}tc")
            if cell.get("hMerge") not in ("1", "true") and cell.get("vMerge") not in ("1", "true")
        ]
        for row in table.iterfind("{*}tr")
    ]
    return pipe_table(spread(rows)) or "\n".join(text for row in rows for text, _, _ in row if text)


def _cell(cell: etree._Element) -> str:
    return " ".join(filter(None, map(paragraph_text, cell.iterfind("{*}txBody/{*}p"))))


def _notes(parts: Parts, slide: str) -> list[str]:
    """What the speaker wrote; not the picture of the slide, nor the header and footer of the printed notes."""
    return [
        text
        for root in parts.roots(slide, "notesSlide")
        for shape in root.iter("{*}sp")
        if (placeholder(shape) or ("",))[0] not in (*_UNREAD, *_MARGINS)
        for text in text_blocks(shape, Styles())
    ]


def _comments(parts: Parts, slide: str) -> list[str]:
    """Of both kinds: those of PowerPoint 2007, and the threads of today."""
    comments = []
    for root in parts.roots(slide, "comments"):
        for comment in root.iter("{*}cm", "{*}reply"):
            old = comment.findtext("{*}text") or ""
            paragraphs = (paragraph_text(each) for each in comment.iterfind("{*}txBody/{*}p"))
            comments.append(" ".join([*old.split(), *filter(None, paragraphs)]))
    return list(filter(None, comments))
