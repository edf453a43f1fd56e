"""The assistant: a question in, a cited answer or a plain refusal out; at once, as it is written, or as a Runnable.

Joins finding and an answerer; each of them, and each part of theirs, can be replaced (see `parts`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from phi_assistant.answering import Answerer, Draft, Refusal, answered
from phi_assistant.finding import HITS, Found, Rewrite, find
from phi_assistant.languages import refused
from phi_assistant.reading import Reading
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Answer, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable


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
        hits: int = HITS,
        refusal: Refusal = refused,
        rewrite: Rewrite | None = None,
    ) -> None:
        """`refusal` says that the documents do not say, in the language of the question; `rewrite` makes a follow-up
        a question that says itself what it is about, before it is searched for."""
        self.retriever = retriever
        self.answerer = answerer
        self.refusal = refusal
        self.rewrite = rewrite
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
        found, first = self._found(question, history), 0.0
        yield found.reading
        if found.refused:
            yield from self._refusing(found)
            return
        for written in self.answerer.stream(found.reading, found.history):
            first = first or perf_counter()
            yield self._event(found, written, first)

    async def aevents(self, question: str, history: Sequence[Turn] = ()) -> AsyncIterator[Event]:
        """As `events`, in an event loop."""
        found, first = await asyncio.to_thread(self._found, question, history), 0.0
        yield found.reading
        if found.refused:
            for event in self._refusing(found):
                yield event
            return
        async for written in self.answerer.astream(found.reading, found.history):
            first = first or perf_counter()
            yield self._event(found, written, first)

    def _found(self, question: str, history: Sequence[Turn]) -> Found:
        return find(question, history, self.retriever, k=self.hits, rewrite=self.rewrite)

    def _event(self, found: Found, written: str | Draft, first: float) -> Event:
        """Text as it is, the draft as the answer that it becomes."""
        if isinstance(written, str):
            return written
        return answered(found, written, model=self.answerer.model, refusal=self.refusal, first=first)

    def _refusing(self, found: Found) -> Iterator[Event]:
        """What is said if there is nothing to answer from."""
        answer = answered(found, Draft("", ()), model=self.answerer.model, refusal=self.refusal)
        yield from (answer.text, answer)


Event = Reading | str | Answer
"""What was found for a question, a piece of text, or the finished answer."""


class Reply:
    """An answer that is being written: iterate over its text, then take `answer`.

    The text that comes is provisional, since sentences are checked when all of them are there: show it as such, and
    `answer.text` in its place when it has come. Addresses that no passage has and pictures are withheld at once.
    """

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
        """The finished answer; its text differs from what was streamed where markers were put right, sentences were
        left out, or the documents do not say."""
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
