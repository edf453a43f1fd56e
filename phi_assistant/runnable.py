"""The assistant as a Runnable of LangChain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableGenerator
from langchain_core.runnables.utils import AddableDict

from phi_assistant.assistant import Assistant, Event
from phi_assistant.errors import QuestionError
from phi_assistant.langchain import document
from phi_assistant.reading import Reading
from phi_assistant.schema import Answer, Turn

Asked = str | Mapping[str, Any]
"""A question, or `{"question": …, "history": [Turn, …]}`."""


def as_runnable(assistant: Assistant) -> Runnable[Asked, AddableDict]:
    """The assistant for LCEL: its stream gives `documents` first, then pieces of `text`, then the `answer`.

    >>> chain = as_runnable(assistant)
    >>> for part in chain.stream("How long do I have to return something?"):
    ...     print(part)
    >>> chain.invoke({"question": "and for gift cards?", "history": answer.turns})["answer"].text
    """

    def events(asked: Iterator[Asked]) -> Iterator[AddableDict]:
        question, history = _asked(asked)
        yield from map(_part, assistant.events(question, history))

    async def aevents(asked: AsyncIterator[Asked]) -> AsyncIterator[AddableDict]:
        question, history = _asked([each async for each in asked])
        async for event in assistant.aevents(question, history):
            yield _part(event)

    return RunnableGenerator(events, aevents, name="assistant")


def _asked(given: Iterable[Asked]) -> tuple[str, Sequence[Turn]]:
    """The question and its history. Raises `QuestionError` for what is neither of the two forms."""
    for asked in given:
        if isinstance(asked, str):
            return asked, ()
        if isinstance(asked, Mapping) and isinstance(asked.get("question"), str):
            return asked["question"], asked.get("history") or ()
    raise QuestionError('An assistant is asked a text, or {"question": "…", "history": [Turn, …]}.')


def _part(event: Event) -> AddableDict:
    if isinstance(event, Reading):
        return AddableDict(documents=[document(hit) for hit in event.hits])
    return AddableDict(answer=event) if isinstance(event, Answer) else AddableDict(text=event)
