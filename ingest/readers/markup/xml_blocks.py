"""From the elements of an XML document to blocks of Markdown.

Knows what mixed content means: where text and elements alternate, the elements are words of it; where elements
follow one another, each is a block. Knows no vocabulary but the names in `xml_names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from ingest.readers.markup import xml_names as names
from ingest.readers.tables import pipe_table, spread

__all__ = ["Element", "blocks", "inline", "local"]

_DEEPEST_HEADING = 6
_NUMBERED = ("order", "number", "enumer", "arabic", "alpha", "roman")
"""In the attributes of a list, what says that its items are counted."""


def local(element: Element) -> str:
    """Its name without the namespace, in lower case."""
    return str(element.tag).rpartition("}")[2].lower()


def inline(element: Element) -> str:
    """All its words on one line, without what is put behind it."""
    return _tidy("".join(_words(element)))


def blocks(element: Element, level: int = 1) -> Iterator[str]:
    """Its blocks; `level` is that of a heading directly in it."""
    name = local(element)
    if name in names.SKIPPED:
        return
    if name in names.HEADINGS:
        yield from _heading(element, level)
    elif table := _table(element):
        yield from table
    elif name in names.CODE:
        yield from _code(element)
    elif name in names.LISTS and any(local(child) in names.ITEMS for child in element):
        yield from _list(element, level)
    elif name in names.VERSES:
        yield "\n".join(filter(None, (inline(child) for child in element)))
    elif name == "math" or _is_paragraph(element):
        yield from _paragraph(element, level)
    else:
        yield from _container(element, level)


def _heading(element: Element, level: int) -> Iterator[str]:
    parent = element.getparent()
    aside = parent is not None and local(parent) in names.ASIDES
    if words := inline(element):
        yield words if aside else "#" * min(level, _DEEPEST_HEADING) + " " + words


def _is_paragraph(element: Element) -> bool:
    """It has words of its own, or is one by name."""
    return not _are_apart(element) or (
        local(element) in names.PARAGRAPHS and not any(local(child) in names.BLOCKS for child in element)
    )


def _container(element: Element, level: int) -> Iterator[str]:
    titled = local(element) not in names.ASIDES and any(_has_heading(child) for child in element)
    record = _is_record(element)
    lines: list[str] = []
    label = ""
    for child in sorted(element, key=_rank):
        if record and _is_value(child):
            lines += [f"{_readable(child)}: {words}" for words in [inline(child)] if words]
            continue
        yield from _joined(lines)
        if local(child) == "label":
            label = inline(child)
            continue
        for block in blocks(child, level if _has_heading(child) else level + titled):
            yield _labelled(block, label)
            label = ""
    yield from _joined([*lines, *filter(None, [label])])


def _rank(child: Element) -> bool:
    """A heading comes first, also where data has fields above it."""
    return local(child) not in names.HEADINGS and local(child) != "label"


def _labelled(block: str, label: str) -> str:
    """ "Figure 1. The harbour", "## 2 Methods"; a table begins with its own first row."""
    if not label or block.startswith(("|", "```")):
        return f"{label}\n\n{block}" if label else block
    hashes = re.match(r"#+ |- |\d+\. |", block)
    start = len(hashes[0]) if hashes else 0
    return f"{block[:start]}{label} {block[start:]}"


def _joined(lines: list[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(lines)
        lines.clear()


def _has_heading(child: Element) -> bool:
    """Whether it is the heading of what it stands in, or holds that ("info" does in DocBook)."""
    return local(child) in names.HEADINGS or (
        local(child).endswith(("info", "header", "title-group", "titlestmt"))
        and any(local(each) in names.HEADINGS for each in child)
    )


def _is_record(element: Element) -> bool:
    """Fields with names, as data has them: "price: 44.95" says more than "44.95"."""
    return sum(map(_is_value, element)) > 1


def _is_value(child: Element) -> bool:
    known = names.PARAGRAPHS | names.HEADINGS | names.CODE | names.ITEMS | names.SKIPPED | names.CELLS
    return not len(child) and local(child) not in known and bool((child.text or "").strip())


def _readable(element: Element) -> str:
    return re.sub(r"[-_.]+", " ", str(element.tag).rpartition("}")[2])


def _paragraph(element: Element, level: int) -> Iterator[str]:
    """Broken where a list or a formula stands on its own; figures and notes come behind it."""
    pieces: list[str] = [element.text or ""]
    behind: list[Element] = []
    for child in element:
        if local(child) in names.FLOATS:
            behind.append(child)
        elif local(child) in names.BLOCKS:
            yield from filter(None, [_tidy("".join(pieces))])
            pieces.clear()
            yield from blocks(child, level)
        else:
            pieces += _words(child)
            pieces += " " * _are_apart(element)
            behind += [each for each in child.iter() if each is not child and local(each) in names.FLOATS]
        pieces.append(child.tail or "")
    yield from filter(None, [_tidy("".join(pieces))])
    for each in behind:
        yield from blocks(each, level)


def _words(element: Element) -> Iterator[str]:
    name = local(element)
    if name in names.SKIPPED or _marks_note(element):
        return
    if name in names.BREAKS:
        yield " "
    if name == "math":
        yield "".join("".join(text.split()) for text in element.itertext())
        return
    yield "^" if name in ("sup", "superscript") and _after_digit(element) else ""
    yield element.text or ""
    apart = _are_apart(element)
    for child in element:
        if local(child) not in names.FLOATS:
            yield from _words(child)
            yield " " if apart else ""
        yield child.tail or ""


def _marks_note(element: Element) -> bool:
    """The number that refers to a note or, where it is raised, to a source: it would become part of the word before."""
    if local(element) not in ("xref", "sup") or any(map(str.isalpha, "".join(element.itertext()))):
        return False
    kinds = {each.get("ref-type") for each in element.iter() if local(each) == "xref"}
    raised = any(local(each) == "sup" for each in element.iter())
    return bool(kinds & {"fn", "table-fn"}) or (raised and "bibr" in kinds)


def _are_apart(element: Element) -> bool:
    """Whether there are no words between its elements, as in a name of a first and a last one."""
    return not any(text and text.strip() for text in (element.text, *(child.tail for child in element)))


def _after_digit(power: Element) -> bool:
    """ "10" and a raised "7" is no 107."""
    before, parent = power.getprevious(), power.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else ""
    return (text or "")[-1:].isdigit() and (power.text or "").strip().lstrip("-−–+").isdigit()


def _code(element: Element) -> Iterator[str]:
    text = "".join(str(piece) for piece in element.itertext()).strip("\n").rstrip()
    if text.strip():
        yield f"```\n{text}\n```"


def _list(element: Element, level: int) -> Iterator[str]:
    kind = " ".join([element.get("list-type", ""), element.get("type", ""), element.get("numeration", "")])
    ordered = local(element) in names.ORDERED or any(word in kind for word in _NUMBERED)
    items = [child for child in element if local(child) in names.ITEMS]
    for child in element:
        if local(child) in names.HEADINGS:
            yield from filter(None, [inline(child)])
    written = (_item(item, f"{number}. " if ordered else "- ", level) for number, item in enumerate(items, start=1))
    yield "\n".join(filter(None, written))


def _item(element: Element, marker: str, level: int) -> str:
    own = list(_paragraph(element, level)) if _is_paragraph(element) else list(_container(element, level))
    lines = "\n".join(own).split("\n") if any(own) else []
    return "\n".join([f"{marker if at == 0 else '  '}{line}" for at, line in enumerate(lines)])


def _table(element: Element) -> list[str]:
    """A table that has rows of cells: as HTML, DocBook, TEI and others write it; nothing for other elements."""
    if local(element) not in ("table", "informaltable", "tgroup"):
        return []
    rows = [[cell for cell in row if local(cell) in names.CELLS] for row in element.iter() if local(row) in names.ROWS]
    told = [words for child in element if local(child) in ("title", "caption", "head") if (words := inline(child))]
    table = pipe_table(spread([[_cell(cell) for cell in row] for row in rows if row]))
    return [*told, table] if table else []


def _cell(cell: Element) -> tuple[str, int, int]:
    across, down = _number(cell, "colspan", "cols"), _number(cell, "rowspan", "rows")
    return inline(cell), across, max(down, 1 + _number(cell, "morerows", default=0))


def _number(cell: Element, *attributes: str, default: int = 1) -> int:
    values = (cell.get(attribute, "") for attribute in attributes)
    return next((int(value) for value in values if re.fullmatch("[0-9]{1,3}", value)), default)


def _tidy(text: str) -> str:
    return re.sub(r"\s+([,;.:)\]])", r"\1", " ".join(text.split()))
