"""The assistant as a Runnable of LangChain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from langchain_core.runnables import Runnable, RunnableGenerator
from langchain_core.runnables.utils import AddableDict

from phi_assistant.assistant import Assistant, Event
from phi_assistant.langchain import document
from phi_assistant.parts import Asked, question_of
from phi_assistant.reading import Reading
from phi_assistant.schema import Answer


def as_runnable(assistant: Assistant) -> Runnable[Asked, AddableDict]:
    """The assistant for LCEL: its stream gives `documents` first, then pieces of `text`, then the `answer`.

    >>> chain = as_runnable(assistant)
    >>> for part in chain.stream("How long do I have to return something?"):
    ...     print(part)
    >>> chain.invoke({"question": "and for gift cards?", "history": answer.turns})["answer"].text
    """

    def events(asked: Iterator[Asked]) -> Iterator[AddableDict]:
        for each in asked:
            yield from map(_part, assistant.events(*question_of(each)))

    async def aevents(asked: AsyncIterator[Asked]) -> AsyncIterator[AddableDict]:
        async for each in asked:
            async for event in assistant.aevents(*question_of(each)):
                yield _part(event)

    return RunnableGenerator(events, aevents, name="assistant")


def _part(event: Event) -> AddableDict:
    if isinstance(event, Reading):
        return AddableDict(documents=[document(hit) for hit in event.hits])
    return AddableDict(answer=event) if isinstance(event, Answer) else AddableDict(text=event)
