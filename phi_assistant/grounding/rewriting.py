"""Rewriting: an answer that was judged, put together again with markers after what is supported.

What lies between its parts stays as it was: bullets, blank lines, the pipes of tables. Where unsupported parts are
left out, so are a bullet with nothing behind it and a heading or "Here is how:" with nothing beneath. An address that
no passage has is never left in: whoever follows it does not read that it was flagged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from phi_assistant.grounding.layout import Part, spoken
from phi_assistant.grounding.markers import written
from phi_assistant.grounding.values import Fact, Grounded, Statement
from phi_assistant.schema import Citation

_ONLY_MARKS = re.compile(r"[\s|>*+•‣◦▪–—·-]*(?:\(?\d{1,3}[.)])?[\s|*]*")
_LIST_ITEM = re.compile(r"(?:^|\n)[ \t>]*(?:[-*+•‣◦▪–—·]|\(?\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?$")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Judged:
    """A part of the answer and what was found of it."""

    part: Part
    asserts: bool
    support: float
    supported: bool
    missing: tuple[Fact, ...]
    citations: tuple[Citation, ...]


def rewritten(text: str, judged: Sequence[Judged], *, strict: bool) -> Grounded:
    """The answer anew, without what leads to addresses that no passage has; if `strict`, without all that none
    supports."""
    kept = _kept(text, judged, [each.supported if strict else not _leads_away(each) for each in judged])
    whole, spans = _with_markers(text, judged)
    gone = _widened(whole, [span for span, stays in zip(spans, kept, strict=True) if not stays])
    statements = [_statement(each, whole, span, gone) for each, span in zip(judged, spans, strict=True)]
    cited = [each.citations for each, stays in zip(judged, kept, strict=True) if stays]
    return Grounded(
        text=_without(whole, gone),
        statements=tuple(statements),
        citations=tuple(dict.fromkeys(citation for each in cited for citation in each)),
        unsupported=tuple(each.text for each in statements if not each.supported),
        support=overall(statements),
    )


def overall(statements: Sequence[Statement]) -> float:
    """The mean support of what is asserted, by the words of each; of everything, where nothing is."""
    counted = [each for each in statements if each.asserts] or statements
    total = sum(len(each.text.split()) for each in counted)
    return sum(len(each.text.split()) * each.support for each in counted) / total if total else 0.0


def _with_markers(text: str, judged: Sequence[Judged]) -> tuple[str, list[Span]]:
    """The text with every marker, and where each part stands in it."""
    pieces: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for each in judged:
        marks = written(citation.number for citation in each.citations)
        pieces += [text[at : each.part.end], f" {marks}" if marks else ""]
        end = length + each.part.end - at
        spans.append((end - (each.part.end - each.part.start), end))
        length, at = end + len(pieces[-1]), each.part.end
    return "".join([*pieces, text[at:]]), spans


def _leads_away(each: Judged) -> bool:
    return any(fact.kind in ("url", "email") for fact in each.missing)


def _kept(text: str, judged: Sequence[Judged], wanted: Sequence[bool]) -> list[bool]:
    """What stays: what is wanted, and what introduces something that stays; nothing if no claim does."""
    kept = list(wanted)
    claims = [stays for each, stays in zip(judged, kept, strict=True) if each.asserts]
    if claims and not any(claims):
        return [False] * len(judged)
    for place in range(len(judged) - 1, -1, -1):
        introduced = _introduced(text, judged, place)
        if introduced and not any(kept[other] for other in introduced):
            kept[place] = False
    return kept


def _introduced(text: str, judged: Sequence[Judged], place: int) -> list[int]:
    """What a heading or "Here is how:" stands above."""
    part, after = judged[place].part, range(place + 1, len(judged))
    if part.kind == "heading":
        ends = next((other for other in after if judged[other].part.kind == "heading"), len(judged))
        return list(range(place + 1, ends))
    if judged[place].asserts or not spoken(text[part.start : part.end]).endswith((":", "：")):
        return []
    items = [other for other in after if _begins_item(text, judged[other - 1].part, judged[other].part)]
    ends = next((other for other in after if other not in items), len(judged))
    return list(range(place + 1, max(ends, place + 2))) if place + 1 < len(judged) else []


def _begins_item(text: str, before: Part, part: Part) -> bool:
    return part.kind in ("row", "code") or bool(_LIST_ITEM.search(text[before.end : part.start]))


def _widened(text: str, gone: Sequence[Span]) -> list[Span]:
    """What is cut out: whole lines where nothing but a bullet would be left, else a sentence and a blank after it."""
    cuts: list[Span] = []
    for start, end in gone:
        first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        last = len(text) if last < 0 else last + 1
        inside = [(max(first, one), min(last, other)) for one, other in gone if one < last and other > first]
        if _ONLY_MARKS.fullmatch(_without(text[first:last], [(one - first, other - first) for one, other in inside])):
            start, end = first, last
        else:
            end += len(text[end:]) - len(text[end:].lstrip(" \t"))
            if text[end : end + 1] in ("", "\n"):  # the last of its line: what was before it ends the line now
                start = len(text[:start].rstrip(" \t"))
        if not cuts or end > cuts[-1][1]:
            cuts.append((max(start, cuts[-1][1] if cuts else 0), end))
    return cuts


def _without(text: str, cuts: Sequence[Span]) -> str:
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))


def _statement(each: Judged, whole: str, span: Span, cuts: Sequence[Span]) -> Statement:
    start, end = (_moved(offset, cuts) for offset in span)
    return Statement(
        text=whole[slice(*span)],
        start=start,
        end=end,
        asserts=each.asserts,
        support=each.support,
        supported=each.supported,
        missing=each.missing,
        citations=each.citations,
    )


def _moved(offset: int, cuts: Sequence[Span]) -> int:
    """Where an offset is after the cuts."""
    return offset - sum(min(end, offset) - start for start, end in cuts if start < offset)
