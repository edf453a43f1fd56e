"""Markdown from kreuzberg's document tree: plain text, nothing escaped, no emphasis.

Knows the tree (a list of nodes that name their parents); knows no file format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ingest.readers.tables import pipe_table

if TYPE_CHECKING:  # kreuzberg names these types in its stub only
    from kreuzberg._internal_bindings import DocumentNode, NodeContent, TableGrid

_FURNITURE = ("header", "footer")


def markdown(nodes: Sequence[DocumentNode]) -> str:
    """Blocks separated by a blank line; the items of a list, nested ones included, make one block."""
    groups = groupby(_lines(nodes), key=lambda line: line[1])
    return "\n\n".join(("\n" if in_list else "\n\n").join(text for text, _ in group) for in_list, group in groups)


def _lines(nodes: Sequence[DocumentNode]) -> Iterator[tuple[str, bool]]:
    """The Markdown of each node that has some, and whether it belongs to a list."""
    numbers: Counter[int | None] = Counter()
    for node in nodes:
        above = list(_above(nodes, node))
        kinds = [ancestor["node_type"] for ancestor in above]
        if node["content"]["node_type"] == "list_item":
            numbers[node["parent"]] += 1
            number = numbers[node["parent"]] if above and above[0].get("ordered") else None
            text = _item(node["content"], number=number, depth=kinds.count("list"))
        else:
            text = _block(node["content"], quoted="quote" in kinds)
        if text and node.get("content_layer") not in _FURNITURE:
            yield text, "list" in kinds


def _above(nodes: Sequence[DocumentNode], node: DocumentNode) -> Iterator[NodeContent]:
    """What the node stands in, innermost first."""
    while (parent := node.get("parent")) is not None:
        node = nodes[parent]
        yield node["content"]


def _item(content: NodeContent, *, number: int | None, depth: int) -> str:
    text = _tidy(content["text"]).replace("\n", "\n" + "  " * depth)
    marker = "- " if number is None else f"{number}. "
    return "  " * (depth - 1) + marker + text if text else ""


def _block(content: NodeContent, *, quoted: bool) -> str:
    """Empty for nodes that only group others."""
    kind, text = content["node_type"], _tidy(content.get("text") or "")
    if kind == "table":
        return _table(content["grid"])
    if kind in ("heading", "title") and text:
        return "#" * content.get("level", 1) + " " + text.replace("\n", " ")
    if kind == "formula" and text:
        return f"$${text}$$"
    if kind == "code" and text:
        return f"```\n{content['text']}\n```"
    return "> " + text.replace("\n", "\n> ") if text and quoted else text


def _table(grid: TableGrid) -> str:
    """A pipe table; a cell that spans several columns or rows is repeated in each of them."""
    rows = [[""] * grid["cols"] for _ in range(grid["rows"])]
    for cell in grid["cells"]:
        for row in rows[cell["row"] : cell["row"] + cell.get("row_span", 1)]:
            span = range(cell["col"], min(cell["col"] + cell.get("col_span", 1), grid["cols"]))
            for column in span:
                row[column] = cell["content"]
    return pipe_table(rows)


def _tidy(text: str) -> str:
    """Single blanks, line breaks kept."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
