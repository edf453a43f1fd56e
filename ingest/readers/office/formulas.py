"""Formulas in a line of words, as one would type them: "x^2 + 1", "(a+b)/c", "√(2)".

Knows OMML (Word) and MathML (OpenDocument, web pages), whose elements have the same parts under other names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from lxml import etree

from ingest.readers.office.drawings import local

_LEFT_OUT = ("annotation", "annotation-xml", "ctrlPr", "rPr", "argPr", "ins-del")
_DELETED = ("del", "moveFrom")
_SCRIPTED = ("sSup", "sSub", "sSubSup", "msup", "msub", "msubsup", "f", "mfrac")
"""A letter beside one of these would be read as part of it."""


def linear(formula: etree._Element) -> str:
    """The words of a formula; blanks only where it has them."""
    name = local(formula)
    if name in _LEFT_OUT or name in _DELETED or name.endswith("Pr"):
        return ""
    if name in ("t", "mi", "mn", "mo", "mtext", "ms"):
        text = formula.text or ""
        return text if name != "mo" or len(text) > 1 or text not in "=+−-<>≤≥≠≈⇒→±" else f" {text} "
    write = _FORMS.get(name)
    parts = [part for part in formula if not local(part).endswith("Pr")]
    return write(formula, [linear(part) for part in parts]) if write and parts else _joined(formula, parts)


def _joined(formula: etree._Element, parts: Sequence[etree._Element]) -> str:
    between = "; " if local(formula) in ("m", "mtable", "eqArr") else ", " if local(formula) in ("mr", "mtr") else ""
    text = ""
    for before, part in pairwise([None, *parts]):
        words = linear(part) if part is not None else ""
        ends = between or (" " if local(before) in _SCRIPTED and words[:1].isalnum() else "")
        text += ends + words if text else words
    return text


def _sign(formula: etree._Element, name: str, otherwise: str) -> str:
    """A character that the properties of an element name: the sign of a sum, the bracket."""
    for properties in formula:
        if local(properties).endswith("Pr"):
            for found in properties:
                if local(found) == name:
                    return next((value for key, value in found.items() if key.endswith("val")), "")
    return otherwise


def _grouped(text: str) -> str:
    text = text.strip()
    return (
        text if len(text) < 2 or text.isalnum() or (text[0] == "(" and text.find(")") == len(text) - 1) else f"({text})"
    )


def _fraction(formula: etree._Element, parts: Sequence[str]) -> str:
    """Without its bar it is a binomial coefficient."""
    if _sign(formula, "type", "bar") == "noBar" or formula.get("linethickness") in ("0", "0pt"):
        return " over ".join(part.strip() for part in parts)
    return "/".join(map(_grouped, parts))


def _scripts(*marks: str) -> Callable[[etree._Element, Sequence[str]], str]:
    def write(_: etree._Element, parts: Sequence[str]) -> str:
        script = "".join(mark + _grouped(part) for mark, part in zip(marks, parts[1:], strict=False) if part.strip())
        return parts[0].strip() + script

    return write


def _before(_: etree._Element, parts: Sequence[str]) -> str:
    return f"_{_grouped(parts[0])}^{_grouped(parts[1])}{parts[2]}" if len(parts) == 3 else "".join(parts)


def _root(_: etree._Element, parts: Sequence[str]) -> str:
    """OMML writes the degree first."""
    degree = parts[0].strip() if len(parts) == 2 else ""
    return f"√[{degree}]({parts[-1]})" if degree else f"√({parts[-1]})"


def _degree_last(formula: etree._Element, parts: Sequence[str]) -> str:
    return _root(formula, parts[::-1])


def _square_root(_: etree._Element, parts: Sequence[str]) -> str:
    return f"√({''.join(parts)})"


def _sum(formula: etree._Element, parts: Sequence[str]) -> str:
    """OMML: the lower limit, the upper one, and what is summed."""
    below, above, body = ["", "", *parts][-3:]
    limits = "".join(mark + _grouped(limit) for mark, limit in (("_", below), ("^", above)) if limit.strip())
    return f"{_sign(formula, 'chr', '∫')}{limits} {body}"


def _bracketed(formula: etree._Element, parts: Sequence[str]) -> str:
    between = _sign(formula, "sepChr", "|")
    return f"{_sign(formula, 'begChr', '(')}{between.join(parts)}{_sign(formula, 'endChr', ')')}"


def _fenced(formula: etree._Element, parts: Sequence[str]) -> str:
    return f"{formula.get('open', '(')}{', '.join(parts)}{formula.get('close', ')')}"


def _function(_: etree._Element, parts: Sequence[str]) -> str:
    return " " + " ".join(part.strip() for part in parts)


def _accent(formula: etree._Element, parts: Sequence[str]) -> str:
    return "".join(parts) + _sign(formula, "chr", "\u0302")


def _semantics(_: etree._Element, parts: Sequence[str]) -> str:
    return parts[0]


_FORMS: dict[str, Callable[[etree._Element, Sequence[str]], str]] = {
    "f": _fraction,
    "mfrac": _fraction,
    "sSup": _scripts("^"),
    "msup": _scripts("^"),
    "sSub": _scripts("_"),
    "msub": _scripts("_"),
    "sSubSup": _scripts("_", "^"),
    "msubsup": _scripts("_", "^"),
    "munder": _scripts("_"),
    "limLow": _scripts("_"),
    "mover": _scripts("^"),
    "limUpp": _scripts("^"),
    "munderover": _scripts("_", "^"),
    "sPre": _before,
    "rad": _root,
    "mroot": _degree_last,
    "msqrt": _square_root,
    "nary": _sum,
    "d": _bracketed,
    "mfenced": _fenced,
    "func": _function,
    "acc": _accent,
    "semantics": _semantics,
}
