"""The text of one shape of a slide: its paragraphs and lists.

Knows where a bullet comes from: the paragraph itself, else its shape, the layout, the master slide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.office.drawings import local, paragraph_text
from ingest.readers.office.parts import Parts
from ingest.readers.slides.shape_order import Box
from phi_assistant.errors import LoadError

_BODIES = ("", "body", "obj", "half", "quarter")
_LISTS = (*_BODIES, "subTitle")
_TITLES = ("title", "ctrTitle")
_DEEPEST = 8
Key = tuple[str, str]
"""The kind of a placeholder and its number."""


def placeholder(shape: etree._Element) -> Key | None:
    """None for a shape that the layout has no place for."""
    found = next(iter(shape.iterfind("{*}nvSpPr/{*}nvPr/{*}ph")), None)
    return None if found is None else (found.get("type", "obj"), found.get("idx", "0"))


@dataclass(frozen=True, slots=True)
class Styles:
    """What the shapes of a slide take from its layout and its master."""

    layout: list[etree._Element] = field(default_factory=list)
    master: list[etree._Element] = field(default_factory=list)
    text: list[etree._Element] = field(default_factory=list)
    """The text styles of the master, one for titles, bodies and others."""

    @classmethod
    def read(cls, parts: Parts, layout: str) -> Styles:
        try:
            root = parts.xml(layout)
        except LoadError:
            return cls()
        masters = list(parts.roots(layout, "slideMaster"))
        shapes = [shape for master in masters for shape in master.iter("{*}sp")]
        return cls(list(root.iter("{*}sp")), shapes, [style for each in masters for style in each.iter("{*}txStyles")])

    def box(self, shape: etree._Element) -> Box | None:
        """Where a placeholder lies that says nothing of it itself."""
        return next((box for each in self._models(shape) if (box := Box.of(each.find("{*}spPr/{*}xfrm")))), None)

    def levels(self, shape: etree._Element) -> list[etree._Element]:
        """What styles its paragraphs, the nearest first."""
        lists = [each.find("{*}txBody/{*}lstStyle") for each in (shape, *self._models(shape))]
        kind = placeholder(shape)
        if kind is not None:
            name = "titleStyle" if kind[0] in _TITLES else "bodyStyle" if kind[0] in _LISTS else "otherStyle"
            lists += [style.find(f"{{*}}{name}") for style in self.text]
        return [each for each in lists if each is not None]

    def _models(self, shape: etree._Element) -> Iterator[etree._Element]:
        """The placeholders of the layout and of the master that it stands for."""
        key = placeholder(shape)
        if key is None:
            return
        model = next((each for each in self.layout if (placeholder(each) or ("", ""))[1] == key[1]), None)
        if model is not None:
            yield model
            key = placeholder(model) or key
        kinds = _BODIES if key[0] in _BODIES else (key[0],)
        yield from (each for each in self.master if (placeholder(each) or ("none",))[0] in kinds)


def text_blocks(shape: etree._Element, styles: Styles) -> list[str]:
    """Its paragraphs and its lists, each list as one block."""
    body = shape.find("{*}txBody")
    if body is None:
        return []
    levels = styles.levels(shape)
    counts: dict[int, int] = {}
    lines = [(_marker(paragraph, levels, counts), paragraph_text(paragraph)) for paragraph in body.iterfind("{*}p")]
    return _joined((marker, text) for marker, text in lines if text)


def _joined(lines: Iterable[tuple[str, str]]) -> list[str]:
    blocks: list[str] = []
    in_list = False
    for marker, text in lines:
        if marker and in_list:
            blocks[-1] += f"\n{marker} {text}"
        else:
            blocks.append(f"{marker} {text}" if marker else text)
        in_list = bool(marker)
    return blocks


def _marker(paragraph: etree._Element, levels: list[etree._Element], counts: dict[int, int]) -> str:
    """ "-" or a number, indented by its level; empty for a paragraph without a bullet."""
    own = paragraph.find("{*}pPr")
    depth = min(int(own.get("lvl", "0")), _DEEPEST) if own is not None else 0
    sources = [own, *(level.find(f"{{*}}lvl{depth + 1}pPr") for level in levels)]
    bullet = next((found for source in sources if source is not None for found in source if _is_bullet(found)), None)
    kind = local(bullet)
    if bullet is not None and kind == "buAutoNum":
        if paragraph_text(paragraph):
            for deeper in [each for each in counts if each > depth]:
                del counts[deeper]
            counts[depth] = counts.get(depth, int(bullet.get("startAt", "1")) - 1) + 1
        return "  " * depth + _number(counts.get(depth, 1), bullet.get("type", "arabicPeriod"))
    for level in [each for each in counts if each >= depth]:
        del counts[level]
    return "  " * depth + "-" if kind in ("buChar", "buBlip") else ""


def _is_bullet(element: etree._Element) -> bool:
    return local(element) in ("buNone", "buChar", "buAutoNum", "buBlip")


def _number(number: int, form: str) -> str:
    """ "3.", "c)": letters where the list has letters, figures for all others."""
    letter = chr(ord("a") + (number - 1) % 26)
    figure = {"alphaLc": letter, "alphaUc": letter.upper()}.get(form[:7], str(number))
    return f"{figure})" if "Paren" in form else f"{figure}."
