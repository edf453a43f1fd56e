"""Who writes answers, and what is kept of a written one.

An answerer streams text, and then its `Draft`; sync and async. See `extractive` for the one without a language model
and `generative` for any chat model. `answered` makes of a draft what is said.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from phi_assistant.finding import Found
from phi_assistant.reading import Reading
from phi_assistant.schema import UNUSED, Answer, Citation, Passage, Timings, Turn, Usage

Refusal = Callable[[str], str]
"""Says that the documents do not say, in the language of the question that it is given."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A written answer, before anybody asked whether it may be given."""

    text: str
    """With markers such as "[1]" for what it stands on."""
    citations: tuple[Citation, ...]
    refused: str | None = None
    """Why nothing should be said, if what was written stands on nothing."""
    unsupported: tuple[str, ...] = ()
    """Sentences that no passage supports."""
    usage: Usage = UNUSED
    turns: tuple[Turn, ...] = ()
    """Question and answer as they stand in the model's prompt from now on; empty without a model."""
    left_out: int = 0
    """Chunks among the hits that were not shown to the model for want of room."""
    passages: tuple[Passage, ...] = ()
    """What was shown with this question."""


class Answerer(ABC):
    """Writes answers."""

    model: str
    """Its model spec."""

    @abstractmethod
    def stream(self, reading: Reading, history: Sequence[Turn] = ()) -> Iterator[str | Draft]:
        """The text as it comes, then the draft, in which markers may have been put right."""

    async def astream(self, reading: Reading, history: Sequence[Turn] = ()) -> AsyncIterator[str | Draft]:
        """As `stream`, while the event loop goes on."""
        for each in await asyncio.to_thread(lambda: list(self.stream(reading, history))):
            yield each


def answered(found: Found, draft: Draft, *, model: str, refusal: Refusal, first: float = 0.0) -> Answer:
    """What is said: the draft, or a refusal where nothing should be answered.

    `model` is the spec of who wrote the draft, `first` when its first words came, on the clock of `perf_counter`.
    """
    question = found.reading.asked.text
    asked, total = Turn("user", question), perf_counter() - found.began
    reason = found.refused or draft.refused
    if reason:
        draft = replace(draft, text=refusal(question), citations=(), unsupported=(), turns=(asked,))
    return Answer(
        question=question,
        text=draft.text,
        abstained=reason is not None,
        reason=reason,
        citations=draft.citations,
        hits=found.reading.hits,
        model=model,
        unsupported=draft.unsupported,
        usage=draft.usage,
        timings=Timings(found.retrieval_s, first - found.began if first else total, total),
        passages=draft.passages,
        left_out=draft.left_out,
        turns=draft.turns or (asked, Turn("assistant", draft.text)),
    )
