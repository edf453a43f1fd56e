"""A pool of worker processes: tasks in, messages out, and whatever a file does to its worker costs that file alone.

A thread for each worker gives it tasks and listens; one more watches limits. What they hear waits in a queue of
bounded size, so that memory stays flat however far reading is ahead. Knows nothing of files.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from threading import Condition, Event, Thread, current_thread
from types import TracebackType
from typing import Self

from ingest.workers.messages import Alive, Done, Extracted, Failed, Message, Setup, Task
from ingest.workers.worker import Ended, Worker

_AHEAD = 4
"""Tasks that a worker has beside the one it is doing, so that it need not wait for the next."""

_WAITING = 1024
"""Chunks that may wait for whoever takes them: two batches. One document larger than this may wait as well."""

_LOOK = 0.05
"""Seconds between two looks at the limits: what takes a gigabyte a second is 50 MB over by then."""


class Pool:
    """Its messages are had by iterating over it, once; those of a task end with `Done`, in no order of tasks."""

    def __init__(self, tasks: Iterable[Task], setup: Setup, *, workers: int) -> None:
        self._todo = deque(tasks)
        self._setup = setup
        self._changed = Condition()
        self._heard: deque[tuple[Task, Message]] = deque()
        self._waiting = 0
        self._error: BaseException | None = None
        self._closing = False
        self._workers: dict[Thread, Worker] = {}
        self._threads = [Thread(target=self._run) for _ in range(min(workers, len(self._todo)))]
        self._running = len(self._threads)
        self._over = Event()
        self._watch = Thread(target=self._look)

    def __enter__(self) -> Self:
        for thread in (*self._threads, self._watch):
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """No worker is left after this."""
        with self._changed:
            self._closing = True
            self._todo.clear()
            workers = list(self._workers.values())
            self._changed.notify_all()
        for worker in workers:
            worker.stop()
        self._over.set()
        for thread in (*self._threads, self._watch):
            thread.join()

    def __iter__(self) -> Iterator[tuple[Task, Message]]:
        """Raises `LoadError` if no worker can be started."""
        while heard := self._next():
            yield heard

    def _next(self) -> tuple[Task, Message] | None:
        with self._changed:
            while not self._heard and self._running and not self._error:
                self._changed.wait(0.5)  # with a limit, as Windows lets no Ctrl-C through without one
            if self._error:
                raise self._error
            if not self._heard:
                return None
            task, message = self._heard.popleft()
            self._waiting -= _weight(message)
            self._changed.notify_all()
            return task, message

    def _look(self) -> None:
        while not self._over.wait(_LOOK):
            with self._changed:
                workers = list(self._workers.values())
            for worker in workers:
                worker.check()

    def _run(self) -> None:
        """The life of a thread: one worker after another, until there is nothing to do."""
        try:
            mine: deque[Task] = deque()
            while not self._closing and (mine or self._todo):
                self._employ(mine)
        except BaseException as exc:
            self._error = self._error or exc
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _employ(self, mine: deque[Task]) -> None:
        """One worker does tasks until there are none, or until it is lost or should be replaced.

        `mine` are those it was given and has not finished, the first of which it is at.
        """
        with Worker(self._setup) as worker:
            self._enlist(worker)
            worker.wait()
            for task in mine:
                worker.give(task)
            finished, begun = 0, False
            while self._supply(worker, mine):
                try:
                    message = worker.receive()
                except Ended as ended:
                    # What it read before may be to blame: then a fresh worker tries once more.
                    if not (ended.excused and finished and not begun):
                        self._give_up(mine.popleft(), ended)
                    return
                self._put(mine[0], message)
                begun = not isinstance(message, Alive)
                if isinstance(message, Done):
                    mine.popleft()
                    finished, begun = finished + 1, False
                    if message.spent or worker.large:
                        return

    def _enlist(self, worker: Worker) -> None:
        with self._changed:
            self._workers[current_thread()] = worker
            if self._closing:
                worker.stop()

    def _supply(self, worker: Worker, mine: deque[Task]) -> bool:
        """Whether there is something to do, after handing out what may be handed out."""
        while len(mine) <= _AHEAD and (task := self._take()):
            mine.append(task)
            worker.give(task)
        return bool(mine) and not self._closing

    def _take(self) -> Task | None:
        with self._changed:
            return self._todo.popleft() if self._todo else None

    def _give_up(self, task: Task, ended: Ended) -> None:
        self._put(task, Failed(str(ended)))
        self._put(task, Done())

    def _put(self, task: Task, message: Message) -> None:
        weight = _weight(message)
        with self._changed:
            while weight and self._waiting and self._waiting + weight > _WAITING and not self._closing:
                self._changed.wait()
            self._heard.append((task, message))
            self._waiting += weight
            self._changed.notify_all()


def _weight(message: Message) -> int:
    return len(message.chunks) if isinstance(message, Extracted) else 0
