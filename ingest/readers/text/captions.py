"""Captions and subtitles (.vtt, .srt): what is said, as paragraphs, and at which minute.

Knows cues and how players write them; the label of a page is the time to turn to: "00:12:30".
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.readers.extraction import Extraction, extraction
from ingest.readers.options import Options
from ingest.readers.text.decoding import decode
from phi_assistant.errors import LoadError, NoText

__all__ = ["read_captions"]

_STRETCH = 60.0
"""Seconds of a page; it goes on to the end of the sentence, but for no more than half as long again."""
_PAUSE = 4.0
"""Seconds of silence that part one paragraph from the next."""
_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]+)>")
_NO_CUE = re.compile(r"(WEBVTT|NOTE|STYLE|REGION)\b")
_SENTENCE_END = re.compile(r"[.!?…。！？؟]\W*$")


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float
    end: float
    lines: tuple[tuple[str, str], ...]
    """Each with who speaks it; empty where that is not said."""


@dataclass(slots=True)
class _Stretch:
    """About a minute, on the way to becoming a page."""

    start: float
    paragraphs: list[str] = field(default_factory=list)


def read_captions(data: bytes, *, stem: str, options: Options) -> Extraction:
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    if not text.strip():
        raise NoText("holds nothing but blanks.")
    if not _TIMING.search(text):
        raise LoadError("is not what its ending says: no line of it says when it is shown. Save it again.")
    cues = _unrolled(list(_cues(text)))
    if not cues:
        raise NoText("holds times, and nothing that is said.")
    stretches = list(_stretches(cues))
    texts = ["\n\n".join(each.paragraphs) + "\n\n" * (each is not stretches[-1]) for each in stretches]
    pages = zip(texts, [_clock(each.start) for each in stretches], strict=True)
    title = re.match(r"WEBVTT[ \t]+(?:-+[ \t]*)?([^\n]+)", text)
    return extraction(pages, titles=(title[1] if title else None,), stem=stem)


def _cues(text: str) -> Iterator[_Cue]:
    """A blank line within a cue is not meant to be there, and is passed over."""
    timing: re.Match[str] | None = None
    spoken: list[str] = []
    for block in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text):
        lines = block.split("\n")
        if not _TIMING.search(block) and (timing is None or _NO_CUE.match(block)):
            continue
        for line, after in pairwise([*lines, ""]):
            if found := _TIMING.match(line):
                yield from _cue(timing, spoken)
                timing, spoken = found, []
            elif not (_TIMING.match(after) and (line.strip().isdigit() or line is lines[0])):
                spoken.append(line)  # else it is the number or the name of the cue that follows
    yield from _cue(timing, spoken)


def _cue(timing: re.Match[str] | None, spoken: Iterable[str]) -> Iterator[_Cue]:
    if timing is None:
        return
    speaker, lines = "", []
    for line in spoken:
        voices = _VOICE.findall(line)
        speaker = html.unescape(voices[0]).strip() if voices else speaker
        words = " ".join(html.unescape(_TAG.sub("", line)).split())
        if words:
            lines.append((speaker, words))
    if lines:
        yield _Cue(_seconds(*timing.groups()[:3]), _seconds(*timing.groups()[3:]), tuple(lines))


def _unrolled(cues: Sequence[_Cue]) -> list[_Cue]:
    """Captions that roll up show a line twice, below and then above the next one: the second time is left out."""
    rolling = sum(before.lines[-1] == after.lines[0] for before, after in pairwise(cues)) > 0.3 * len(cues)
    if not rolling:
        return list(cues)
    fresh = list(cues[:1])
    for before, cue in pairwise(cues):
        if lines := tuple(line for line in cue.lines if line not in before.lines):
            fresh.append(replace(cue, lines=lines))
    return fresh


def _stretches(cues: Sequence[_Cue]) -> Iterator[_Stretch]:
    stretch, speaker, end, said = _Stretch(cues[0].start), "", cues[0].start, ""
    for cue in cues:
        longer = cue.start - stretch.start - _STRETCH
        if longer >= (0 if _SENTENCE_END.search(said) else _STRETCH / 2):
            yield stretch
            stretch = _Stretch(cue.start)
        pause = cue.start - end > _PAUSE
        for name, said in cue.lines:
            _add(stretch.paragraphs, said, name=name, new=pause or name != speaker)
            speaker, pause = name, False
        end = cue.end
    yield stretch


def _add(paragraphs: list[str], words: str, *, name: str, new: bool) -> None:
    if new or not paragraphs:
        paragraphs.append(f"{name}: {words}" if name else words)
    else:
        paragraphs[-1] += ("\n" if words.startswith(("-", "–")) else " ") + words


def _seconds(hours: str | None, minutes: str, seconds: str) -> float:
    return 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds.replace(",", "."))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d}"
