"""From docutils' tree of a document to blocks of headings, paragraphs, lists, tables and notes.

Knows its nodes; a note comes to the end of the section that refers to it. Nothing that docutils has to say about
the markup is shown, and no words are lost for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, groupby
from textwrap import dedent

from docutils import nodes

from ingest.readers.office.blocks import Block, cell_text, table
from ingest.readers.tables import spread

__all__ = ["Blocks"]

_SILENT = (
    "comment target substitution_definition pending decoration meta raw image transition generated system_message"
    " footnote_reference label"
).split()
_LOST = 3
"""The severity of a message from which on the text that it is about stands nowhere else."""
_ROLE = re.compile(r":[\w.+:-]+:`(.+)`|`(.+)`_{0,2}|([\w.+:-]+?)__?", re.DOTALL)
_MARKER = re.compile(r"\.\.\s+(?:\|[^|]*\|\s+)?\S+\s?::\s*")
_OPTION = re.compile(r"\s*:[\w-]+:(\s|$)")
_ADORNMENT = re.compile(r"\s*([!-/:-@[-`{-~])\1*\s*")
_GRID = re.compile(r"\s*(\+[-=]|={2,}\s)")


class Blocks:
    """Of one document."""

    def __init__(self, document: nodes.document) -> None:
        self._notes = {id_: note for note in document.findall(nodes.footnote) for id_ in note["ids"]}
        self._document = document

    def all(self) -> list[Block]:
        return list(self._inside(self._document, 0, 0))

    def _inside(self, node: nodes.Element, level: int, depth: int) -> Iterator[Block]:
        for child in node.children:
            yield from self._of(child, level, depth)

    def _of(self, node: nodes.Node, level: int, depth: int) -> Iterator[Block]:
        """`level` is that of the section, `depth` how deep in lists it stands."""
        kind = node.tagname
        if kind == "system_message":
            yield from (replace(block, depth=depth) for block in _lost(node))
        elif kind in _SILENT:
            return
        elif kind == "section":
            yield from self._inside(node, level + 1, depth)
        elif kind == "title" and isinstance(node.parent, nodes.section):
            yield Block(_inline(node), heading=level)
            yield from self._noted(node)
        elif kind in ("bullet_list", "enumerated_list"):
            for number, item in enumerate(node.children, node.get("start", 1)):
                yield from self._item(item, level, depth + 1, _number(node, number))
        elif kind in ("definition_list_item", "option_list_item", "field"):
            yield from self._defined(node, level, depth)
        elif kind == "field_list":
            yield from self._fields(node, level, depth)
        elif kind in ("literal_block", "doctest_block", "math_block"):
            yield _code(node.astext(), depth)
        elif kind == "line_block":
            yield Block("\n".join(_lines(node)), depth=depth)
        elif kind == "block_quote":
            yield from self._quoted(node, level, depth)
        elif kind == "tgroup":
            yield from self._table(node, level)
        elif kind == "footnote":
            if any(self._notes.get(id_) is node for id_ in node["ids"]):  # else its reference has taken it along
                yield from self._inside(node, level, depth)
        elif kind == "citation":
            yield from self._item(node, level, depth, f"[{node[0].astext()}]")
        elif kind == "attribution":
            yield Block(f"— {_inline(node)}", depth=depth)
        elif isinstance(node, nodes.Admonition) and kind != "admonition":
            yield from self._item(node, level, depth, f"{kind.capitalize()}:")
        elif isinstance(node, nodes.TextElement) or not node.children:
            yield Block(_inline(node), depth=depth)
            yield from self._noted(node)
        else:
            yield from self._inside(node, level, depth)

    def _noted(self, node: nodes.Element) -> Iterator[Block]:
        for reference in node.findall(nodes.footnote_reference):
            note = self._notes.pop(reference.get("refid", ""), None)
            if note is not None:
                yield from (replace(block, note=True) for block in self._inside(note, 0, 0))

    def _item(self, item: nodes.Element, level: int, depth: int, marker: str) -> Iterator[Block]:
        """The marker stands before its first words."""
        blocks = [block for block in self._inside(item, level, depth) if block.text]
        if blocks and _is_plain(blocks[0]):
            blocks[0] = replace(blocks[0], marker=marker)
        elif blocks:
            blocks.insert(0, Block(marker, depth=0))
        yield from blocks

    def _defined(self, node: nodes.Element, level: int, depth: int) -> Iterator[Block]:
        """ "Term\\nMeaning", "Author: Ada"."""
        *heads, body = node.children
        blocks = [block for block in self._inside(body, level, depth) if block.text]
        head = " : ".join(filter(None, map(_term, heads)))
        sign = ": " if node.tagname == "field" else "\n"
        if blocks and _is_plain(blocks[0]):
            blocks[0] = replace(blocks[0], text=f"{head}{sign}{blocks[0].text}")
        else:
            blocks.insert(0, Block(head, depth=depth))
        yield from blocks
        for part in heads:
            yield from self._noted(part)

    def _fields(self, node: nodes.Element, level: int, depth: int) -> Iterator[Block]:
        """One below the other where each is a line."""
        fields = [list(self._of(field, level, depth)) for field in node.children]
        if all(len(field) == 1 and _is_plain(field[0]) for field in fields):
            yield Block("\n".join(block.text for (block,) in fields), depth=depth)
        else:
            yield from chain.from_iterable(fields)

    def _quoted(self, node: nodes.Element, level: int, depth: int) -> Iterator[Block]:
        """ "> one\n>\n> two"; lists and the like in it stand for themselves."""
        blocks = [block for block in self._inside(node, level, depth) if block.text]
        for plain, group in groupby(blocks, _is_plain):
            if plain:
                text = "\n\n".join(block.text for block in group)
                yield Block("\n".join(f"> {line}".rstrip() for line in text.split("\n")), depth=depth)
            else:
                yield from group

    def _table(self, group: nodes.Element, level: int) -> Iterator[Block]:
        rows: list[list[tuple[list[Block], int, int]]] = [
            [
                (list(self._inside(entry, level, 0)), entry.get("morecols", 0) + 1, entry.get("morerows", 0) + 1)
                for entry in row.children
            ]
            for row in group.findall(nodes.row)
        ]
        grid = spread([[(cell_text(blocks), across, down) for blocks, across, down in row] for row in rows])
        yield from table(grid, [blocks for row in rows for blocks, _, _ in row])


def _is_plain(block: Block) -> bool:
    """A paragraph, to which words can be joined."""
    return not (block.marker or block.note or block.heading or block.text.startswith(("```", "|")))


def _term(node: nodes.Element) -> str:
    """ "-a, --all" of the options of a program."""
    return ", ".join(option.astext() for option in node.children) if node.tagname == "option_group" else _inline(node)


def _inline(node: nodes.Node) -> str:
    return " ".join("".join(_words(node)).split())


def _words(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Text):
        yield node.astext()  # without the marks of what was escaped
    elif isinstance(node, nodes.problematic):
        source = node.astext()
        found = _ROLE.fullmatch(source)
        yield next(filter(None, found.groups())) if found else source
    elif node.tagname == "citation_reference":
        yield f"[{node.astext()}]"
    elif node.tagname not in _SILENT:
        yield "^" if isinstance(node, nodes.superscript) and _is_power(node) else ""
        for child in node.children:
            yield from _words(child)


def _is_power(node: nodes.Element) -> bool:
    """ "10" and a raised "7" is no 107."""
    siblings = node.parent.children
    at = siblings.index(node)
    before = siblings[at - 1].astext() if at else ""
    return before[-1:].isdigit() and node.astext().lstrip("-−–+").isdigit()


def _number(node: nodes.Element, number: int) -> str:
    if node.tagname == "bullet_list":
        return "-"
    kind = node.get("enumtype", "arabic")
    letter = chr((96 if kind.startswith("lower") else 64) + number) if "alpha" in kind and number <= 26 else number
    return f"{node.get('prefix', '')}{letter}{node.get('suffix', '.')}"


def _code(text: str, depth: int = 0) -> Block:
    return Block(f"```\n{text}\n```" if text.strip() else "", depth=depth, words=text)


def _lines(node: nodes.Element, indent: str = "") -> Iterator[str]:
    for child in node.children:
        if child.tagname == "line_block":
            yield from _lines(child, indent + "  ")
        else:
            yield indent + _inline(child)


def _lost(message: nodes.system_message) -> Iterator[Block]:
    """The source of what docutils could make nothing of."""
    for source in message.children if message["level"] >= _LOST else ():
        if source.tagname == "literal_block":
            yield from _salvaged(source.astext())


def _salvaged(source: str) -> Iterable[Block]:
    if _GRID.match(source):
        return [_code(source)]
    first, *others = source.split("\n")
    lines = [_MARKER.sub("", first), *dedent("\n".join(others)).split("\n")]
    kept = [line for line in lines if not _OPTION.match(line) and not _ADORNMENT.fullmatch(line)]
    return [Block(" ".join(paragraph.split())) for paragraph in re.split(r"\n\s*\n", "\n".join(kept))]
