"""The words of one Word paragraph: runs, fields, formulas, and what hangs on them.

Knows what is printed and what is not: deleted and hidden text, instructions of fields and comments are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.office.blocks import tidy
from ingest.readers.office.drawings import local
from ingest.readers.office.formulas import linear
from ingest.readers.office.symbols import symbol
from ingest.readers.word.docx_styles import child, value

_LEFT_OUT = frozenset(
    "pPr rPr sdtPr sdtEndPr del moveFrom instrText delText delInstrText rt fldData commentReference annotationRef "
    "footnoteRef endnoteRef separator continuationSeparator softHyphen".split()
)
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_OFF = ("0", "false", "off")


@dataclass(slots=True)
class Words:
    """What was found in a paragraph."""

    pieces: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    """The contents of text boxes anchored there."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """("footnote" or "endnote", its id)"""
    drawings: list[etree._Element] = field(default_factory=list)
    """Charts and diagrams, which refer to parts of their own."""
    _instructions: list[bool] = field(default_factory=list)
    """For each field that is open, whether its instruction is: what stands there is not printed."""

    @property
    def text(self) -> str:
        return tidy("".join(self.pieces))

    def take(self, element: etree._Element) -> None:
        for part in element:
            self._take(part, local(part))

    def _take(self, part: etree._Element, name: str) -> None:
        if name == "t":
            self._put(part.text or "")
        elif name == "r":
            if not _is_hidden(part):
                self.take(part)
        elif name in _SIGNS:
            self._put(_SIGNS[name])
        elif name in ("oMath", "oMathPara"):
            self._put(linear(part))
        elif name == "fldChar":
            self._field(value(part, "fldCharType"))
        elif name in ("footnoteReference", "endnoteReference"):
            self.notes.append((name.removesuffix("Reference"), value(part, "id")))
        elif name == "sym":
            self._put(_symbol(part))
        elif name == "txbxContent":
            self.boxes.append(part)
        elif name in ("chart", "relIds"):
            self.drawings.append(part)
        elif name == "AlternateContent":
            self._take_one_of(part)
        elif name not in _LEFT_OUT:
            self.take(part)

    def _put(self, text: str) -> None:
        if not any(self._instructions):
            self.pieces.append(text)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._instructions.append(True)
        elif self._instructions and kind == "separate":
            self._instructions[-1] = False
        elif self._instructions and kind == "end":
            self._instructions.pop()

    def _take_one_of(self, alternatives: etree._Element) -> None:
        """The same content twice, for newer and older versions of Word: the first that holds any."""
        for alternative in alternatives:
            if any(local(each) in ("t", "chart", "relIds") for each in alternative.iter()):
                self.take(alternative)
                return


def _is_hidden(run: etree._Element) -> bool:
    vanish = child(run, "rPr", "vanish")
    return vanish is not None and value(vanish, "val") not in _OFF


def _symbol(part: etree._Element) -> str:
    try:
        return symbol(int(value(part, "char"), 16), value(part, "font"))
    except ValueError:
        return ""
