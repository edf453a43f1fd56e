"""An answer as it is shown: its text in pieces, what it stands on, what else was looked at, and how fast it came.

Values for whoever draws them (see `card`); texts of the interface are put in here, in the language of whoever looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from phi_assistant.grounding.markers import without_markers
from phi_assistant.languages import spoken
from phi_assistant.models.specs import EXTRACTIVE
from phi_assistant.schema import Answer, Citation, Hit, titled
from phi_assistant.tables import cells, is_row, is_rule
from ui.emphasis import without_emphasis
from ui.job import STOPPED
from ui.titles import title_of
from ui.words import _, number

Json = dict[str, Any]

_MARKER = re.compile(r"\[(\d{1,3})\]")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_QUOTE = 280
"""Characters of a quote that are shown before it is opened."""


def card_of(answer: Answer) -> Json:
    """All that is shown of a finished answer."""
    return {
        "state": "done",
        "language": _language(answer),
        "abstained": answer.abstained,
        "pieces": pieces(answer),
        "notes": list(_notes(answer)),
        "sources": [_source(each) for each in answer.citations],
        "consulted": [titled(hit.chunk.title, hit.chunk.label) for hit in consulted(answer)],
        "consultedAs": _("What came nearest to the question") if answer.abstained else _("Also looked at"),
        "copied": copied(answer),
        "spoken": without_emphasis(without_markers(answer.text)),
        "made": made_by(answer) if answer.text and not answer.abstained else "",
        "figures": [list(pair) for pair in figures(answer)],
    }


def pieces(answer: Answer) -> list[Json]:
    """The text in order: what is said, whether a passage supports it, and between it the numbers of the citations."""
    text, known = answer.text, {each.number: at for at, each in reversed(list(enumerate(answer.citations)))}
    doubtful = _ranges(text, answer.unsupported)
    cuts = {0, len(text)} | {edge for span in doubtful for edge in span}
    marks = [each for each in _MARKER.finditer(text) if int(each[1]) in known]
    cuts |= {edge for each in marks for edge in each.span()}
    starts = {each.start(): int(each[1]) for each in marks}
    edges, made = sorted(cuts), list[Json]()
    for start, end in pairwise(edges):
        if start in starts:
            made.append({"cites": known[starts[start]], "number": starts[start]})
        elif made and "text" not in made[-1] and text[start:end].isspace() and end in starts:
            continue  # between "[1] [2]"
        else:
            made.append(
                {"text": without_emphasis(text[start:end]), "doubtful": any(a <= start < b for a, b in doubtful)}
            )
    return made


def made_by(answer: Answer) -> str:
    """Who answered, in a few words."""
    if answer.model != EXTRACTIVE:
        return _("Written by {model}").format(model=title_of(answer.model))
    if answer.citations:
        return _("Quoted from the documents, without a language model")
    return _("Written without a language model")  # as a tutor's hints are


def consulted(answer: Answer) -> tuple[Hit, ...]:
    """What was looked at and not cited, best first, each place once."""
    cited = {(each.source, each.label) for each in answer.citations}
    places = {(hit.chunk.source, hit.chunk.label): hit for hit in reversed(answer.hits)}
    return tuple(
        hit
        for hit in answer.hits
        if (place := (hit.chunk.source, hit.chunk.label)) not in cited and places[place] is hit
    )


def copied(answer: Answer) -> str:
    """The text with what it stands on, to be pasted elsewhere."""
    quoted = [
        f"[{each.number}] {titled(each.title, each.label)}: “{readable(each.quote)}”" for each in answer.citations
    ]
    return "\n".join([without_emphasis(answer.text), *(["", *quoted] if quoted else [])])


def figures(answer: Answer) -> Iterator[tuple[str, str]]:
    """How fast it came and what was read for it: each with its name."""
    times, usage = answer.timings, answer.usage
    yield _("Model"), title_of(answer.model) if answer.model == EXTRACTIVE else answer.model
    yield _("First words after"), seconds(times.first_token_s)
    yield _("Whole answer after"), seconds(times.total_s)
    if usage.completion_tokens:
        if (speed := tokens_per_second(answer)) is not None:
            yield _("Tokens per second"), number(speed)
        yield _("Tokens read"), number(usage.prompt_tokens)
        if usage.cached_tokens:
            yield _("of these known from before"), number(usage.cached_tokens)
        yield _("Tokens written"), number(usage.completion_tokens)
    if answer.left_out:
        yield _("Passages that found no room"), number(answer.left_out)


def tokens_per_second(answer: Answer) -> float | None:
    """How fast it was written, after its first words; None where no model wrote it, or too fast to be told."""
    writing, tokens = answer.timings.total_s - answer.timings.first_token_s, answer.usage.completion_tokens
    return round(tokens / writing, 1) if tokens and writing > 0 else None


def seconds(value: float) -> str:
    """A time: "0.4 s"."""
    return _("{seconds} s").format(seconds=number(round(value, 2 if value < 1 else 1)))


def readable(quote: str) -> str:
    """A quote in one line, as people read it: without signs of headings, tables and emphasis, cut where it is long."""
    lines = (line for line in _HEADING.sub("", quote).splitlines() if not is_rule(line))
    said = " ".join(" · ".join(filter(None, cells(line))) if is_row(line) else line.strip() for line in lines)
    line = without_emphasis(" ".join(said.split()))
    return line if len(line) <= _QUOTE else f"{line[:_QUOTE].rsplit(' ', 1)[0]} …"


def _notes(answer: Answer) -> Iterator[str]:
    if answer.reason == STOPPED:
        yield (
            _("You stopped this answer. What is here was not checked against the documents.")
            if answer.text
            else _("You stopped this answer.")
        )
    if answer.unsupported:
        yield _("Underlined sentences: nothing in the documents was found that supports them.")


def _source(citation: Citation) -> Json:
    return {
        "number": citation.number,
        "place": titled(citation.title or citation.source, citation.label),
        "quote": readable(citation.quote),
    }


def _ranges(text: str, sentences: Iterable[str]) -> list[tuple[int, int]]:
    """Where sentences stand, each after the one before it where it occurs again."""
    ranges, after = list[tuple[int, int]](), 0
    for sentence in sentences:
        at = text.find(sentence, after)
        at = at if at >= 0 else text.find(sentence)
        if sentence and at >= 0:
            after = at + len(sentence)
            ranges.append((at, after))
    return ranges


def _language(answer: Answer) -> str:
    """For screen readers and for reading aloud; empty where it is not clear."""
    return {"tl": "fil"}.get(code := spoken(answer.question), code)
