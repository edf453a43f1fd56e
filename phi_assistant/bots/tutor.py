"""A tutor: an assistant that gives hints before it gives the answer.

What is true is found first, in the documents' own words; then a hint is drafted, by the bot's model if it has one,
and held against it (see `hints`). Neither the hint nor what was found is shown with the answer in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter

from phi_assistant.answering import Answerer, Draft
from phi_assistant.assistant import Assistant, Event
from phi_assistant.bots.hints import Stage, Step, hidden, hint_for, step_of
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.reading import Reading
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Answer, Timings, Turn


class Tutor(Assistant):
    """Hints, then answers."""

    def __init__(
        self,
        retriever: Retriever,
        answerer: Answerer,
        *,
        hints: int,
        hinters: Mapping[Stage, Answerer],
        refusal: Callable[[str], str],
        hits: int = 10,
    ) -> None:
        """`hinters` draft the hint of each stage (see `drafting`); without one it is made of where the answer
        stands."""
        super().__init__(retriever, answerer, hits=hits, refusal=refusal)
        self._hints, self._hinters = hints, hinters
        self._truth = Assistant(retriever, ExtractiveAnswerer(retriever.store.analyzer), hits=hits, refusal=refusal)

    def events(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Event]:
        """A hint at once, or the answer as it is written."""
        step = self._step(question, history)
        if step.stage == Stage.ANSWER:
            yield from super().events(step.question, step.before)
            return
        began = perf_counter()
        reading, answer = _found(self._truth.events(step.question, step.before))
        hinter = self._hinter(step, answer)
        draft = _last(hinter.stream(reading, step.before)) if hinter else _NONE
        yield from self._told(step, answer, draft, began)

    async def aevents(self, question: str, history: Sequence[Turn] = ()) -> AsyncIterator[Event]:
        """As `events`, in an event loop."""
        step = self._step(question, history)
        if step.stage == Stage.ANSWER:
            async for event in super().aevents(step.question, step.before):
                yield event
            return
        began = perf_counter()
        reading, answer = _found([event async for event in self._truth.aevents(step.question, step.before)])
        hinter = self._hinter(step, answer)
        draft = _last([each async for each in hinter.astream(reading, step.before)]) if hinter else _NONE
        for event in self._told(step, answer, draft, began):
            yield event

    def _step(self, question: str, history: Sequence[Turn]) -> Step:
        return step_of(question, history, hints=self._hints, analyzer=self.retriever.store.analyzer)

    def _hinter(self, step: Step, answer: Answer) -> Answerer | None:
        """Who drafts the hint, if there is something to hint at."""
        return None if answer.abstained else self._hinters.get(step.stage)

    def _told(self, step: Step, answer: Answer, draft: Draft, began: float) -> Iterator[Event]:
        """What the student is told; where there is no answer, that. It took as long as its draft did."""
        if not answer.abstained:
            hint = hint_for(answer, step.stage, analyzer=self.retriever.store.analyzer, draft=draft.text)
            answer = hidden(answer, hint)
        took = perf_counter() - began
        timings = Timings(answer.timings.retrieval_s, took, took)
        answer = replace(answer, model=self.answerer.model, usage=draft.usage, timings=timings)
        yield answer.text
        yield answer


_NONE = Draft("", ())


def _last(drafted: Iterable[str | Draft]) -> Draft:
    """The draft, after the text that is not shown while it comes."""
    *_, draft = drafted
    assert isinstance(draft, Draft)
    return draft


def _found(events: Iterable[Event]) -> tuple[Reading, Answer]:
    """What was read and what is true."""
    reading, *_, answer = events
    assert isinstance(reading, Reading)
    assert isinstance(answer, Answer)
    return reading, answer
