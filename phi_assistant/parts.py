"""Parts: a cited answer as a chain of Runnables, each of which can be replaced.

    retrieve(retriever) | pack(retriever, chat) | prompt() | write(chat) | cite(retriever)

    question ──retrieve──► Found ──pack──► Packed ──prompt──► Prompt ──write──► its words ──cite──► text…, Answer

What flows are frozen values, so that a function from one to the next is a part as well. `ChatAnswerer` is made of the
same ones. Where the evidence is too thin, no part asks a model.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, TypeVar

from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda
from langchain_core.runnables.utils import AddableDict

from phi_assistant.answering import Draft, Refusal, answered
from phi_assistant.citing import Citer, Said, Written
from phi_assistant.errors import QuestionError
from phi_assistant.finding import HITS, Found, Rewrite, find
from phi_assistant.languages import refused
from phi_assistant.packing import Count
from phi_assistant.prompts import Packed, Packer, Prompt, Prompter
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Turn

In = TypeVar("In")
Out = TypeVar("Out")

Asked = str | Mapping[str, Any]
"""A question, or `{"question": …, "history": [Turn, …]}`."""

Chat = Runnable[LanguageModelInput, Any]
"""Any chat model of LangChain, and what it becomes with `with_fallbacks`, `with_retry` or `bind`."""

ROOM = 3072
"""Tokens of a prompt where a chat model does not say how much it can read."""

_BYTES = 3
"""Of a token, rather too few, where a chat model cannot count."""


def retrieve(retriever: Retriever, *, k: int = HITS, rewrite: Rewrite | None = None) -> Runnable[Asked, Found]:
    """A question, with its history or without, becomes what the documents hold on it."""

    def found(asked: Asked) -> Found:
        question, history = question_of(asked)
        return find(question, history, retriever, k=k, rewrite=rewrite)

    return RunnableLambda(found, name="retrieve")


def pack(
    retriever: Retriever, chat: Chat, *, passages: int = 1024, prompter: Prompter | None = None
) -> Runnable[Found, Packed]:
    """The passages that are new to the conversation, at most so many tokens of them, within what the model can read.

    `prompter` is the one that follows, if it is not the usual one.
    """
    beside = (prompter or Prompter()).beside
    packer = Packer(retriever.store, counted_by(chat), room=room_of(chat), passages=passages, beside=beside)
    return part(packer, "pack")


def prompt(prompter: Callable[[Packed], Prompt] | None = None) -> Runnable[Packed, Prompt]:
    """The conversation as the model reads it; `prompter` writes it otherwise."""
    return part(prompter or Prompter(), "prompt")


def write(chat: Chat) -> Runnable[Prompt, AddableDict]:
    """The prompt under `prompt`, then what the model writes to it under `message`, as it comes."""

    def written(prompts: Iterator[Prompt]) -> Iterator[AddableDict]:
        for each in prompts:
            yield AddableDict(prompt=each)
            if not each.packed.found.refused:
                for message in chat.stream(each.messages()):
                    yield AddableDict(message=message)

    async def awritten(prompts: AsyncIterator[Prompt]) -> AsyncIterator[AddableDict]:
        async for each in prompts:
            yield AddableDict(prompt=each)
            if not each.packed.found.refused:
                async for message in chat.astream(each.messages()):
                    yield AddableDict(message=message)

    return RunnableGenerator(written, awritten, name="write")


def check(citer: Callable[[Written], Draft] | Runnable[Written, Draft]) -> Runnable[AddableDict, AddableDict]:
    """What the model writes under `text`, as it comes; then under `draft` what is left of it, and what was `found`."""
    checking = part(citer, "check")

    def checked(parts: Iterator[Mapping[str, Any]]) -> Iterator[AddableDict]:
        said = Said()
        for each in parts:
            yield from _piece(said.take(each))
        yield from _piece(said.rest())
        found = said.found
        yield AddableDict(found=found, draft=Draft("", ()) if found.refused else checking.invoke(said.written))

    async def achecked(parts: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[AddableDict]:
        said = Said()
        async for each in parts:
            for piece in _piece(said.take(each)):
                yield piece
        for piece in _piece(said.rest()):
            yield piece
        found = said.found
        yield AddableDict(found=found, draft=Draft("", ()) if found.refused else await checking.ainvoke(said.written))

    return RunnableGenerator(checked, achecked, name="check")


def cite(
    retriever: Retriever,
    *,
    strict: bool = False,
    citer: Callable[[Written], Draft] | Runnable[Written, Draft] | None = None,
    refusal: Refusal = refused,
    model: str = "",
) -> Runnable[AddableDict, AddableDict]:
    """What the model writes under `text`, as it comes; then under `answer` the `Answer`.

    `strict` removes what no passage supports, instead of naming it; `refusal` says that the documents do not say;
    `model` is what the answer names as its writer.
    """

    def said(part: Mapping[str, Any], first: float) -> AddableDict:
        if "draft" not in part:
            return AddableDict(part)
        answer = answered(part["found"], part["draft"], model=model, refusal=refusal, first=first)
        return AddableDict(answer=answer, **({"text": answer.text} if part["found"].refused else {}))

    def cited(parts: Iterator[Mapping[str, Any]]) -> Iterator[AddableDict]:
        first = 0.0
        for each in parts:
            first = first or perf_counter()
            yield said(each, first)

    async def acited(parts: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[AddableDict]:
        first = 0.0
        async for each in parts:
            first = first or perf_counter()
            yield said(each, first)

    checked = check(citer or Citer(retriever.embedder, retriever.store.analyzer, strict=strict))
    return checked | RunnableGenerator(cited, acited, name="answer")


def part(each: Callable[[In], Out] | Runnable[In, Out], name: str) -> Runnable[In, Out]:
    """A function as a Runnable, under whose name LangChain traces it; a Runnable as it is."""
    return each if isinstance(each, Runnable) else RunnableLambda(each, name=name)


def question_of(asked: Asked) -> tuple[str, Sequence[Turn]]:
    """The question and its history. Raises `QuestionError` for what is neither of the two forms."""
    if isinstance(asked, str):
        return asked, ()
    if isinstance(asked, Mapping) and isinstance(asked.get("question"), str):
        return asked["question"], asked.get("history") or ()
    raise QuestionError('An assistant is asked a text, or {"question": "…", "history": [Turn, …]}.')


def counted_by(chat: Chat) -> Count:
    """How a chat model counts tokens; ours do it themselves, those that cannot, or would fetch a tokenizer, are
    estimated."""

    def count(text: str) -> int:
        try:
            return int(chat.get_num_tokens(text))  # type: ignore[attr-defined]
        except (AttributeError, ImportError, OSError):
            return -(-len(text.encode()) // _BYTES)

    return count


def room_of(chat: Chat) -> int:
    """Tokens that a prompt of this model may have."""
    profile = getattr(chat, "profile", None) or {}
    return int(profile.get("max_input_tokens") or ROOM)


def _piece(text: str) -> list[AddableDict]:
    return [AddableDict(text=text)] if text else []
