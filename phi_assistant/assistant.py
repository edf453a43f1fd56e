"""The assistant: a question in, a cited answer or a plain refusal out; at once, as it is written, or as a Runnable.

Joins retrieval, evidence and an answerer; each of them can be replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from phi_assistant.answering import Answerer, Draft
from phi_assistant.evidence import Threshold, evidence, threshold_of
from phi_assistant.reading import Reading, read
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Answer, Timings, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

REFUSAL = "Your documents do not say."


class Assistant:
    """Answers from one store.

    >>> with open_store(folder) as store:
    ...     assistant = Assistant(Retriever(store, embedder), ExtractiveAnswerer(store.analyzer))
    ...     print(assistant.ask("How long do I have to return something?").text)

    A conversation is a list of turns, to which each answer adds its own: `history += answer.turns`.
    """

    def __init__(
        self,
        retriever: Retriever,
        answerer: Answerer,
        *,
        hits: int = 10,
        refusal: Callable[[str], str] = lambda question: REFUSAL,
    ) -> None:
        """`refusal` says that the documents do not say, in the language of the question."""
        self.retriever = retriever
        self.answerer = answerer
        self.refusal = refusal
        self.hits = hits

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answers, or abstains where the evidence is too thin. Raises `QuestionError`, and what its model raises."""
        return self.stream(question, history).answer

    async def aask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """As `ask`, while the event loop goes on; cancelling it stops the model."""
        return await self.astream(question, history).answer()

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Reply:
        """The answer while it is written: iterate over its text, then take its `answer`."""
        return Reply(self.events(question, history))

    def astream(self, question: str, history: Sequence[Turn] = ()) -> AsyncReply:
        """As `stream`, with `async for`."""
        return AsyncReply(self.aevents(question, history))

    def as_runnable(self) -> Runnable[Any, Any]:
        """For LCEL: its stream gives `documents` first, then pieces of `text`, then the `answer` (see `runnable`)."""
        from phi_assistant.runnable import as_runnable

        return as_runnable(self)

    def events(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Event]:
        """What was found, then the text as it is written, then the answer."""
        asking = _Asking(self, question, history)
        yield asking.reading
        if asking.answer is None:
            for each in self.answerer.stream(asking.reading, history):
                yield asking.take(each)
        yield from asking.refused()

    async def aevents(self, question: str, history: Sequence[Turn] = ()) -> AsyncIterator[Event]:
        """As `events`, in an event loop."""
        asking = await asyncio.to_thread(_Asking, self, question, history)
        yield asking.reading
        if asking.answer is None:
            async for each in self.answerer.astream(asking.reading, history):
                yield asking.take(each)
        for event in asking.refused():
            yield event


Event = Reading | str | Answer
"""What was found for a question, a piece of text, or the finished answer."""


class Reply:
    """An answer that is being written: iterate over its text, then take `answer`."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        for event in self._events:
            if isinstance(event, Answer):
                self._answer = event
            elif isinstance(event, str):
                yield event

    @property
    def answer(self) -> Answer:
        """The finished answer; its text may differ from what was streamed, where markers were put right."""
        for _ in self:
            pass
        assert self._answer
        return self._answer


class AsyncReply:
    """As `Reply`, with `async for`."""

    def __init__(self, events: AsyncIterator[Event]) -> None:
        self._events = events
        self._answer: Answer | None = None

    async def __aiter__(self) -> AsyncIterator[str]:
        async for event in self._events:
            if isinstance(event, Answer):
                self._answer = event
            elif isinstance(event, str):
                yield event

    async def answer(self) -> Answer:
        """The finished answer."""
        async for _ in self:
            pass
        assert self._answer
        return self._answer


class _Asking:
    """One question on its way to its answer."""

    def __init__(self, assistant: Assistant, question: str, history: Sequence[Turn]) -> None:
        self._assistant, self._began = assistant, perf_counter()
        retriever = assistant.retriever
        asked = retriever.ask(question, history)
        hits = retriever.search(asked, k=assistant.hits)
        self._retrieved, self._first = perf_counter() - self._began, 0.0
        self.reading = read(asked, hits, retriever)
        reason = _too_thin(evidence(self.reading), threshold_of(retriever.store))
        self.answer = self._refusal(reason, Draft("", ())) if reason else None

    def take(self, written: str | Draft) -> Event:
        """Text as it is, the draft as the answer that it becomes."""
        self._first = self._first or perf_counter() - self._began
        if isinstance(written, str):
            return written
        if written.refused:
            return self._refusal(written.refused, written)
        return self._answer(written.text, None, written)

    def refused(self) -> Iterator[Event]:
        """What is said if there is nothing to answer from."""
        if self.answer:
            yield self.answer.text
            yield self.answer

    def _refusal(self, reason: str, draft: Draft) -> Answer:
        kept = replace(draft, citations=(), unsupported=(), turns=())
        return self._answer(self._assistant.refusal(self.reading.asked.text), reason, kept)

    def _answer(self, text: str, reason: str | None, draft: Draft) -> Answer:
        total = perf_counter() - self._began
        asked = self.reading.asked.text
        question = Turn("user", asked)
        return Answer(
            question=asked,
            text=text,
            abstained=reason is not None,
            reason=reason,
            citations=draft.citations,
            hits=self.reading.hits,
            model=self._assistant.answerer.model,
            unsupported=draft.unsupported,
            usage=draft.usage,
            timings=Timings(self._retrieved, self._first or total, total),
            passages=draft.passages,
            left_out=draft.left_out,
            turns=draft.turns or ((question,) if reason else (question, Turn("assistant", text))),
        )


def _too_thin(found: float, threshold: Threshold) -> str | None:
    if found >= threshold.value:
        return None
    return f"evidence {found:.2f} is below {threshold.value:.2f}, the threshold of this collection"
