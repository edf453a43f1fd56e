"""Answers that are being written: each a job that goes on whatever its page does, and keeps what it wrote.

All jobs share one event loop in a thread of its own, where stopping one stops its model at once. A page looks at a
job as often as it likes; a second tab finds the same one. Knows assistants, and whoever keeps what they say; knows no
Streamlit.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from threading import Lock, Thread
from typing import TYPE_CHECKING, TypeVar

from phi_assistant.models.errors import ModelBusy
from ui.job import Job, Keeps, Make, Question

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from phi_assistant.assistant import Event as Written
    from phi_assistant.schema import Answer

logger = logging.getLogger(__name__)

Kept = TypeVar("Kept")

AT_ONCE = 8
"""Jobs that run; a model has a queue of its own besides."""
MOST = 64
"""Jobs that run or wait; whoever comes then is told to come later."""
_REMEMBERED = 500
"""Jobs that ended, kept for pages that have not looked since."""


class Jobs:
    """The jobs of everybody; one at a time for each conversation. May be used from several threads."""

    def __init__(self, *, at_once: int = AT_ONCE, most: int = MOST) -> None:
        self._jobs: dict[str, Job] = {}
        self._writing: dict[str, asyncio.Task[Answer]] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._most, self._lock = most, Lock()
        self._loop = asyncio.new_event_loop()
        self._room = asyncio.Semaphore(at_once)
        self._thread = Thread(target=self._loop.run_forever, name="answers", daemon=True)
        self._thread.start()

    def of(self, conversation: str) -> Job | None:
        """The job of a conversation, running or ended; whoever asks has been shown to own the conversation."""
        return self._jobs.get(conversation)

    def running(self) -> int:
        """How many run or wait."""
        return sum(not each.look.is_over for each in list(self._jobs.values()))

    def start(self, question: Question, make: Make, mine: Keeps) -> Job:
        """Begins an answer, which is kept in `mine` when it is there; what goes wrong is told by the job.

        Returns the one that is being written already, if there is one.
        """
        with self._lock:
            running = self._jobs.get(question.conversation)
            if running and not running.look.is_over:
                return running
            is_full = self.running() >= self._most
            job = self._jobs[question.conversation] = Job(question)
            forget_oldest(self._jobs, _REMEMBERED, is_over=lambda each: each.look.is_over)
        if is_full:
            job.ends("failed", _busy(self._most))
            return job
        self._loop.call_soon_threadsafe(self._begin, job, make, mine)
        return job

    def stop(self, conversation: str) -> None:
        """Ends the answer of a conversation; what there is of it is kept."""
        self._loop.call_soon_threadsafe(self._cancel, conversation)

    def dismiss(self, conversation: str) -> None:
        """Forgets how the last one ended."""
        with self._lock:
            job = self._jobs.get(conversation)
            if job and job.look.is_over:
                del self._jobs[conversation]

    def close(self) -> None:
        """Stops all of them, and waits until what there is of them is kept."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begin(self, job: Job, make: Make, mine: Keeps) -> None:
        """Two tasks: one that writes, which may be stopped before it has begun, and one that keeps what there is."""
        name = job.question.conversation
        writing = self._writing[name] = self._loop.create_task(self._written(job, make, mine))
        writing.add_done_callback(lambda over: self._writing.pop(name) if self._writing.get(name) is over else None)
        keeping = self._loop.create_task(self._kept(job, writing, mine))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    def _cancel(self, conversation: str) -> None:
        writing = self._writing.get(conversation)
        if writing and not writing.cancelling():  # one that is stopping its model is not interrupted
            writing.cancel()

    async def _end_all(self) -> None:
        for name in self._writing:
            self._cancel(name)
        await asyncio.gather(*self._keeping)
        await self._loop.shutdown_default_executor()

    async def _kept(self, job: Job, writing: asyncio.Task[Answer], mine: Keeps) -> None:
        """From the end of the writing to the answer in the database, or to what went wrong."""
        try:
            try:
                answer = await writing
            except asyncio.CancelledError:
                await asyncio.to_thread(_keep, mine, job, job.so_far())
                job.ends("stopped")
            else:
                await asyncio.to_thread(_keep, mine, job, answer)
                job.ends("done")
        except Exception as exc:  # told on the page that waits for it
            logger.warning("A question was not answered", exc_info=exc)
            job.ends("failed", exc)

    async def _written(self, job: Job, make: Make, mine: Keeps) -> Answer:
        async with self._room:
            job.goes_on("opening")
            question = job.question
            assistant = await asyncio.to_thread(make, job.told)
            job.goes_on("finding")
            history = await asyncio.to_thread(mine.turns, question.conversation, before=question.instead_of)
            events: AsyncGenerator[Written] = assistant.aevents(question.text, history)  # type: ignore[assignment]
            async with aclosing(events):
                async for event in events:
                    if answer := job.take(event):
                        return answer
        raise RuntimeError("an assistant ended without an answer")


def forget_oldest(kept: dict[str, Kept], most: int, *, is_over: Callable[[Kept], bool]) -> None:
    """Takes out of `kept`, which has the oldest first, those beyond `most` that are over."""
    over = [name for name, each in kept.items() if is_over(each)]
    for name in over[: max(0, len(kept) - most)]:
        del kept[name]


def _busy(most: int) -> ModelBusy:
    return ModelBusy(
        f"{most} answers are being written or wait for it, so this question was not taken. Ask again in a little while."
    )


def _keep(mine: Keeps, job: Job, answer: Answer) -> None:
    question = job.question
    mine.append(question.conversation, answer, said=question.text, instead_of=question.instead_of)
