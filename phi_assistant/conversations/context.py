"""What a language model was shown, as JSON: read back, the next question's prompt begins as the last one's did.

A passage that stands in several places is kept once; its chunks are spans of its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from phi_assistant.schema import Answer, Chunk, Passage, Turn

Json = dict[str, Any]


def context_of(answer: Answer) -> Json:
    """The passages of an answer and of its turns, and the turns."""
    passages = list(dict.fromkeys([*answer.passages, *(each for turn in answer.turns for each in turn.shown)]))
    places = {passage: place for place, passage in enumerate(passages)}
    return {
        "passages": [_passage(passage) for passage in passages],
        "shown": [places[passage] for passage in answer.passages],
        "turns": [
            {
                "role": turn.role,
                "text": turn.text,
                "prompt": turn.prompt,
                "shown": [places[passage] for passage in turn.shown],
            }
            for turn in answer.turns
        ],
    }


def passages_in(context: Json) -> tuple[Passage, ...]:
    """What was shown with the question."""
    return _chosen(_passages(context), context["shown"])


def turns_in(context: Json) -> tuple[Turn, ...]:
    """What the next question's history has of this one."""
    passages = _passages(context)
    return tuple(
        Turn(turn["role"], turn["text"], turn["prompt"], _chosen(passages, turn["shown"])) for turn in context["turns"]
    )


def _passage(passage: Passage) -> Json:
    chunks = [asdict(chunk) for chunk in passage.chunks]
    for chunk in chunks:
        del chunk["text"]
    return {"number": passage.number, "text": passage.text, "score": float(passage.score), "chunks": chunks}


def _passages(context: Json) -> list[Passage]:
    return [
        Passage(each["number"], tuple(_chunks(each["chunks"], each["text"])), each["text"], each["score"])
        for each in context["passages"]
    ]


def _chunks(chunks: Sequence[Json], text: str) -> Iterable[Chunk]:
    first = chunks[0]["start"]
    for chunk in chunks:
        span = slice(chunk["start"] - first, chunk["end"] - first)
        yield Chunk(**{**chunk, "headings": tuple(chunk["headings"]), "text": text[span]})


def _chosen(passages: Sequence[Passage], places: Iterable[int]) -> tuple[Passage, ...]:
    return tuple(passages[place] for place in places)
