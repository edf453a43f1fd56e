"""`python -m benchmarks.onnx_chat FOLDER`: ChatPhiOnnx as its users call it, in a process that does nothing else."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore
from time import perf_counter
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from psutil import Process

from benchmarks.child import Json, serve
from benchmarks.onnx_models import Chat, Words
from benchmarks.watching import longest_pause, spans, watched_thread
from phi_assistant.models.onnx import ChatPhiOnnx

UNDER_WAY = 12
"""Tokens that the others have got when a newcomer comes."""


class Asked:
    """A loaded model, and what is asked of it."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self._model = ChatPhiOnnx(model=str(folder), **options)
        self._model.warm_up()

    def answer(self, chat: Chat, most: int) -> Json:
        """One answer, streamed."""
        return self._streamed(chat, most)

    def together(self, chats: list[Chat], most: int) -> Json:
        """Several that start together."""
        began = perf_counter()
        answers = self._model.batch([_messages(chat) for chat in chats], max_tokens=most)
        seconds = perf_counter() - began
        return {"seconds": seconds, "tokens": sum(map(_tokens, answers)), "texts": [str(each.text) for each in answers]}

    def newcomer(self, others: list[Chat], chat: Chat, most: int, apart: bool) -> Json:
        """The last of several: it comes when the others are being answered, and ends before they do.

        `apart`: the others have begun one after another, so that they are not written as a batch. `per_s`: the tokens
        a second that all have got together, from its first token to its last.
        """
        with ThreadPoolExecutor(len(others)) as pool:
            running, under_way = [], Semaphore(0)
            for number, other in enumerate(others, 1):
                running.append(pool.submit(self._streamed, other, 8 * most, under_way))
                if apart or number == len(others):
                    _acquire(under_way, UNDER_WAY * (1 if apart else number))
            answered = self._streamed(chat, most)
            rest = [each.result() for each in running]
        begun, ended = answered["came"][0][0], answered["came"][-1][0]
        inside = sum(count for each in (answered, *rest) for time, count in each["came"] if begun < time <= ended)
        outlived = min(each["came"][-1][0] for each in rest) >= ended
        return {**answered, "per_s": inside / (ended - begun), "outlived": outlived}

    def gaps(self, chat: Chat, again: Chat) -> Json:
        """The longest that another thread, and the event loop, stood still while a long prompt was read."""
        with watched_thread() as gap:
            self._model.invoke(_messages(chat), max_tokens=1)
        return {"thread": gap[0], "loop": asyncio.run(self._loop_gap(again))}

    async def _loop_gap(self, chat: Chat) -> float:
        ended = asyncio.Event()
        watching = asyncio.create_task(longest_pause(ended))
        await self._model.ainvoke(_messages(chat), max_tokens=1)
        ended.set()
        return await watching

    def conversations(self, number: int, turns: int, seed: int) -> Json:
        """The memory of the worker after each, in bytes, and what its metrics say at the end.

        `own` is without the mapped file of the weights, of which the system reads a page for each word that was never
        seen before: that grows with the vocabulary, up to the size of the file, not with conversations.
        """
        words, own, resident = Words(seed, known=1000), [], []
        system = words.text(100)
        worker = Process(self._model.metrics().pid)
        for _ in range(number):
            chat: Chat = [("system", system)]
            for _ in range(turns):
                chat.append(("user", words.text(20)))
                chat.append(("assistant", str(self._model.invoke(_messages(chat), max_tokens=8).text)))
            memory = worker.memory_info()
            resident.append(memory.rss)
            own.append(memory.rss - getattr(memory, "shared", 0))  # known on Linux
        last = self._model.metrics()
        counts = {"sessions": last.sessions, "evicted": last.evicted, "reused": last.reused_tokens}
        return {"own": own, "resident": resident, **counts}

    def _streamed(self, chat: Chat, most: int, under_way: Semaphore | None = None) -> Json:
        """`came`: when each piece came, and of how many tokens it is: nearly each is a word."""
        came, whole, began = [], AIMessageChunk(content=""), perf_counter()
        for chunk in self._model.stream(_messages(chat), max_tokens=most):
            if chunk.content:
                words = len(chunk.text.split())
                came.append((perf_counter(), words))
                if under_way:
                    under_way.release(max(words, 1))
            whole += chunk
        used = whole.usage_metadata
        assert used is not None
        return {
            **spans(began, [time for time, _ in came]),
            "came": came,
            "text": str(whole.text),
            "tokens": _tokens(whole),
            "prompt": used["input_tokens"],
            "read": used["input_tokens"] - used["input_token_details"]["cache_read"],
            "finish": whole.response_metadata["finish_reason"],
        }


def _acquire(semaphore: Semaphore, times: int) -> None:
    for _ in range(times):
        semaphore.acquire()


def _tokens(answer: AIMessage) -> int:
    assert answer.usage_metadata is not None
    return answer.usage_metadata["output_tokens"]


def _messages(chat: Chat) -> list[tuple[str, str]]:
    return [(role, text) for role, text in chat]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache-memory", default=None)
    parser.add_argument("--context-length", type=int, default=None)
    chosen = parser.parse_args()
    asked = Asked(chosen.folder, cache_memory=chosen.cache_memory, context_length=chosen.context_length)
    functions = (asked.answer, asked.together, asked.newcomer, asked.gaps, asked.conversations)
    serve({each.__name__: each for each in functions})


if __name__ == "__main__":
    main()
