"""Sentence spans by rule: no model, no data files, linear time.

A text is cut into lines that belong together (soft-wrapped lines are joined; blank lines, headings, list
items and Markdown table rows end one), then each of these at sentence marks. Offsets are into the text as given,
so a quote can be found again. What is not a sentence end: decimals, initials ("J. K."), abbreviations ("e.g.",
"Dr."), "?" inside a quote that goes on in lower case, German ordinals ("3. Oktober"), a list number ("2. Wash").
Chinese/Japanese (。！？), Arabic/Urdu (؟ ۔) and Hindi (। ॥) marks end one with or without a blank after them.
A run of more than MAX_CHARS without any mark is cut at a semicolon, comma or blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

QUESTION_MARKS = ("?", "？", "؟")

MAX_CHARS = 600
WRAP_MIN, WRAP_MAX = 45, 100  # the length of a line that was probably broken to fit a page

_ABBREVIATIONS = frozenset(
    """adj adm al apr approx apt assoc ave bros bzw ca capt cf chap co corp ctr dec dept dipl dir div dr ed eds eg
    eq esp est etc exp feb fr ft gen gov hon hr hrs ie inc incl inkl int intl jan jr lat lb lbs lt ltd maj mfg
    misc mr mrs ms mt mtg nat nov oct orig oz pag pat ph pres prof pub ref reps rev sa sen sens sep sept sgt sig
    spec sp sq sr sra st ste subj supp tech temp trans univ usw vgl viz vs yr yrs zb г гг др им н обл пер проф
    рис см стр т тыс ул э""".split()
)
_BEFORE_NUMBER = frozenset(
    """art aug cap ch col ex fig figs jul jun mar max min no nos nr núm op p par pg pp pt pts sec sect str tbl tel vol
    vols""".split()
)
_USUALLY_FINAL = frozenset("al etc inc co corp ltd jr sr usw г гг др".split())
_STARTERS = frozenset(
    """a after all although an and as at but by during each every for from he her his however i if in it its many most
    no of on one our she since so some such that the their there these they this those thus to we what when where which
    while who why with you your der die das es im el la los las en il le les un une""".split()
)
_BULLET = r"(?:[-*+•‣◦▪–—·]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)])[ \t]"
_FORMULA = re.compile(
    r"(?:^|[\W_])[A-Z][A-Za-z]{0,2}[ \t]*$"
)  # the "O" or "CO" before a lowered 2 on a line of its own
_STANDS_ALONE = re.compile(rf"[ \t]*(?:#{{1,6}} |\||>|{_BULLET}|```|={{3,}}|-{{3,}})")
_ROW = re.compile(r"[ \t]*(?:\||#{1,6} )")
_MARKER = re.compile(rf"[ \t]*{_BULLET}")
_CLOSERS = "\"'”’»)\\]}」』）》】*_`"
_END = re.compile(
    rf"(?P<wide>[。！？｡]+[{_CLOSERS}]*|[؟۔।॥]+[{_CLOSERS}]*)|(?P<mark>(?<![.!?…])[.!?…]++[{_CLOSERS}]*+(?:\[\d+\])*)(?=\s)|(?P<dot>\s(?=[•‣◦▪]\s))"
)
_LAST_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*$")
_NEXT_WORD = re.compile(r"[^\W\d_]+")
_ORDINAL = re.compile(
    r"\d{1,2}\.\s+(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Jahrhundert|Auflage|Klasse|Weltkrieg)"
)


def split_sentences(text: str) -> list[Span]:
    """Spans of the sentences, in order, not overlapping; together they hold every character that is not blank."""
    return [
        piece for block in _blocks(text) for sentence in _sentences(text, *block) for piece in _bounded(text, *sentence)
    ]


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that belong to one another, as far as line breaks tell."""
    start = end = -1
    before = ""
    for line in re.finditer(r"[^\n\r\v\f\u2028\u2029]+", text):
        if not line.group().strip():
            continue
        if start >= 0 and not _continues(before, text[end : line.start()], line.group()):
            yield start, end
            start = -1
        start, end = (line.start() if start < 0 else start), line.end()
        before = line.group()
    if start >= 0:
        yield start, end


def _continues(before: str, between: str, nxt: str) -> bool:
    """Whether the line `nxt` goes on with the sentence of the line `before`."""
    if between.replace("\r\n", "\n").count("\n") > 1 or "\f" in between:
        return False
    if _STANDS_ALONE.match(nxt) or _ROW.match(before):
        return False
    if nxt.lstrip()[:1].islower() or before.rstrip()[-1:] in ",-–":
        return True
    if nxt.lstrip()[:1].isdigit() and _FORMULA.search(before[-8:]):
        return True
    return WRAP_MIN <= len(before.rstrip()) <= WRAP_MAX


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of one block; a table row or a heading is one."""
    marker = _MARKER.match(text, start, end)
    if not _ROW.match(text, start, end):
        for mark in _END.finditer(text, marker.end() if marker else start, end):
            if _is_end(text, start, mark, end):
                yield from _trimmed(text, start, mark.end())
                start = mark.end()
    yield from _trimmed(text, start, end)


def _is_end(text: str, start: int, mark: re.Match[str], end: int) -> bool:
    rest = text[mark.end() : min(end, mark.end() + 40)].lstrip()
    if mark["wide"] or mark["dot"] or not rest:
        return True
    if rest.lstrip("\"'“‘«([*_`¿¡").strip()[:1].islower() or rest[0] in ",;:.!?%":
        return False
    return mark["mark"] not in (".", ".)", "...", "…") or _full_stop(
        text[max(start, mark.start() - 40) : mark.start()], rest
    )


def _full_stop(before: str, rest: str) -> bool:
    """Whether a single full stop between `before` and `rest` ends a sentence, seeing that `rest` is not lower case."""
    found, following = _LAST_WORD.search(before), _NEXT_WORD.match(rest)
    if not found:
        return True
    word, starter = found.group(), following is not None and _is_starter(rest, following)
    if rest[0].isdigit() and (len(word) == 1 or word.lower() in _BEFORE_NUMBER):
        return word.isdigit()
    if (len(word) == 1 and word.isupper()) or re.fullmatch(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}", word):
        return starter
    if word.isdigit():
        return not _ORDINAL.match(f"{word}. {rest}")
    return word.lower() not in _ABBREVIATIONS or (starter and word.lower() in _USUALLY_FINAL)


def _is_starter(rest: str, word: re.Match[str]) -> bool:
    """Whether a sentence may well begin with this word; the "A." of "A. A. Milne" is none."""
    return word.group().lower() in _STARTERS and rest[word.end() : word.end() + 1] != "."


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """The span itself, or pieces of it where it is longer than anybody would quote."""
    while end - start > MAX_CHARS:
        cuts = [text.rfind(mark, start + MAX_CHARS // 2, start + MAX_CHARS) for mark in ("; ", ", ", " ")]
        cut = next((at + 1 for at in cuts if at > 0), start + MAX_CHARS)
        yield from _trimmed(text, start, cut)
        start = cut
    yield from _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
