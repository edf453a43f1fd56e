"""A process that calls a server, `ours URL` through ChatPhiOllama or `bare URL` through the `ollama` client alone."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from ollama import AsyncClient, Client, Message

from benchmarks.child import Json, serve
from benchmarks.ollama_server import WORDS, expected
from phi_assistant import ChatPhiOllama
from phi_assistant.errors import PhiAssistantError

STACK, URL = [*sys.argv[1:], "", ""][:2]
QUESTION = "Why is the sky blue?"
LATE_S = 0.5
"""How much later than its timeout a call may be noticed to have ended: 16 threads share an interpreter."""

Call = Callable[[str], str]
ACall = Callable[[str], Awaitable[str]]


def ours(**options: Any) -> ChatPhiOllama:
    return ChatPhiOllama(model="short", base_url=URL, max_tokens=2000, **options)


def caller(how: str) -> Call:
    """A whole call in a thread; gives the text."""
    if STACK == "bare":
        client, asked = Client(URL), [Message(role="user", content=QUESTION)]
        options = {"num_ctx": 4096, "num_predict": 2000, "temperature": 0.0}
        return lambda model: "".join(
            each.message.content or "" for each in client.chat(model, asked, stream=True, options=options)
        )
    chat = ours()
    if how == "invoke":
        return lambda model: str(chat.invoke([HumanMessage(QUESTION)], model=model).content)
    return lambda model: "".join(str(each.content) for each in chat.stream([HumanMessage(QUESTION)], model=model))


def acaller(how: str) -> ACall:
    """The same for an event loop."""
    if STACK == "bare":
        client, asked = AsyncClient(URL), [Message(role="user", content=QUESTION)]
        options = {"num_ctx": 4096, "num_predict": 2000, "temperature": 0.0}

        async def bare(model: str) -> str:
            stream = await client.chat(model, asked, stream=True, options=options)
            return "".join([each.message.content or "" async for each in stream])

        return bare
    chat = ours()

    async def whole(model: str) -> str:
        return str((await chat.ainvoke([HumanMessage(QUESTION)], model=model)).content)

    async def streamed(model: str) -> str:
        return "".join([str(each.content) async for each in chat.astream([HumanMessage(QUESTION)], model=model)])

    return whole if how == "invoke" else streamed


def threads(model: str, how: str, callers: int, number: int) -> float:
    """Seconds of so many calls by so many threads. The first calls of each are on nobody's account."""
    call = caller(how)

    def checked(_: int) -> None:
        if call(model) != expected(model):
            raise AssertionError(f"{STACK} heard something else from {model}")

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(checked, range(2 * callers)))
        began = time.perf_counter()
        list(pool.map(checked, range(number)))
        return time.perf_counter() - began


def tasks(model: str, how: str, callers: int, number: int) -> float:
    """The same by tasks of one event loop."""

    async def all_() -> float:
        call = acaller(how)

        async def some(count: int) -> None:
            for _ in range(count):
                if await call(model) != expected(model):
                    raise AssertionError(f"{STACK} heard something else from {model}")

        await asyncio.gather(*(some(2) for _ in range(callers)))
        began = time.perf_counter()
        await asyncio.gather(*(some(number // callers) for _ in range(callers)))
        return time.perf_counter() - began

    return asyncio.run(all_())


class Nothing(BaseChatModel):
    """What langchain-core itself does for a stream: the pieces are there already."""

    @property
    def _llm_type(self) -> str:
        return "nothing"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for word in WORDS:
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))


def machinery(number: int) -> float:
    """Seconds for a chunk of a model that does nothing, over so many streams."""
    model = Nothing()
    list(model.stream(QUESTION))
    began = time.perf_counter()
    for _ in range(number):
        list(model.stream(QUESTION))
    return (time.perf_counter() - began) / (number * len(WORDS))


def pieces(model: str, number: int) -> float:
    """How many chunks a streamed answer has, on average over so many."""
    chat = ours()
    return sum(len(list(chat.stream(QUESTION, model=model))) for _ in range(number)) / number


def endure(number: int, callers: int, timeout: float) -> Json:
    """So many calls of a server that goes wrong now and then, half by threads and half by tasks: how each ended."""
    found: Counter[str] = Counter()
    chat = ours(timeout=timeout)

    def note(began: float, text: str | None, error: Exception | None) -> None:
        if isinstance(error, PhiAssistantError):
            found[type(error).__name__] += 1
        elif error or text != expected("short"):
            found["wrong"] += 1
        else:
            found["right"] += 1
        found["late"] += time.monotonic() - began > timeout + LATE_S

    def one(_: int) -> None:
        began, text, error = time.monotonic(), None, None
        try:
            text = str(chat.invoke(QUESTION).content)
        except Exception as exc:
            error = exc
        note(began, text, error)

    async def some(count: int) -> None:
        for _ in range(count):
            began, text, error = time.monotonic(), None, None
            try:
                text = str((await chat.ainvoke(QUESTION)).content)
            except Exception as exc:
                error = exc
            note(began, text, error)

    async def all_() -> int:
        await asyncio.gather(*(some(len(range(at, number // 2, callers))) for at in range(callers)))
        return len(asyncio.all_tasks()) - 1

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(one, range(number // 2)))
    left = asyncio.run(all_())
    chat.close()
    gc.collect()  # errors hold the frames they came through
    sockets = len(psutil.Process().net_connections())
    return {**found, "tasks": left, "sockets": sockets, "threads": threading.active_count()}


if __name__ == "__main__":
    serve({"threads": threads, "tasks": tasks, "machinery": machinery, "pieces": pieces, "endure": endure})
