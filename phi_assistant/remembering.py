"""Remembering: the turns of a conversation as they stand in a prompt, and what is left of them when there is no room.

Each time there is no more room, all turns so far are condensed to what was asked and the sentences that answered it,
so that there is room for several again and a prompt's beginning changes once. Knows turns and tokens; knows nothing of
hits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from phi_assistant.grounding.markers import without_markers
from phi_assistant.schema import Turn
from phi_assistant.sentences import split_sentences
from phi_assistant.words import Analyzer

SHORT = 300
"""Characters of an answer that are kept when turns are condensed."""

AROUND = 16
"""Tokens that a turn costs besides its text: its marks, and what is said around a question."""

_MARKED = re.compile(r"\s*\[\d{1,3}\]")


def remembered(
    history: Sequence[Turn], *, room: int, count: Callable[[str], int], analyzer: Analyzer
) -> tuple[Turn, ...]:
    """The turns within `room` tokens, beginning with what a person said, as the templates of many models demand.

    A function of the turns alone, so that they come out the same in the next one.
    """
    turns: list[Turn] = []
    for turn in history:
        turns.append(turn)
        if turn.role == "assistant" and tokens_of(turns, count) > room:
            turns = condensed(turns, analyzer)
    while turns and (turns[0].role == "assistant" or tokens_of(turns, count) > room):
        turns = turns[1:]
    return tuple(turns)


def tokens_of(turns: Sequence[Turn], count: Callable[[str], int]) -> int:
    """What they take in a prompt."""
    return sum(count(turn.prompt or turn.text) + AROUND for turn in turns)


def condensed(turns: Sequence[Turn], analyzer: Analyzer) -> list[Turn]:
    """What was asked and the sentences that answered it, without passages and without their numbers."""
    short: list[Turn] = []
    question = ""
    for turn in turns:
        question = turn.text if turn.role == "user" else question
        text = turn.text if turn.role == "user" else _essence(turn.text, question, analyzer)
        short.append(Turn(turn.role, text))
    return short


def _essence(answer: str, question: str, analyzer: Analyzer) -> str:
    """Whole sentences in their order: those that stand on a passage, and of these the ones with most of the
    question's words, first."""
    bare = without_markers(answer)
    if len(bare) <= SHORT:
        return bare
    asked = set(analyzer.content(question))
    spans = split_sentences(answer)
    said = [without_markers(answer[start:end]).strip() for start, end in spans]
    ranked = sorted(
        (place for place, text in enumerate(said) if text),
        key=lambda place: (
            not _MARKED.match(answer, spans[place][1]),
            -len(asked.intersection(analyzer.stems(said[place]))),
            place,
        ),
    )
    kept: list[int] = []
    for place in ranked:
        if sum(len(said[each]) + 1 for each in [*kept, place]) <= SHORT:
            kept.append(place)
    return " ".join(said[place] for place in sorted(kept)) or f"{said[ranked[0]][:SHORT].rsplit(' ', 1)[0]} …"
