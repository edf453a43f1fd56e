"""What a worker process does: one task after another, until the process that started it ends.

The other end of its pipes is `workers.worker`. Tasks come on what was its standard input, answers go to what
was its standard output; libraries find neither there.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import pickle
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, NoReturn, TextIO

from ingest.workers.limits import too_much_memory
from ingest.workers.messages import Alive, Done, Extracted, Failed, Message, Setup, Task, write
from phi_assistant.errors import LoadError, NoText

logger = logging.getLogger(__name__)

_GRACE = 30
"""Seconds beyond the limit after which a worker ends itself: the run that should have ended it is gone."""

_HEADROOM = 1.25
"""The system refuses memory a little above the limit; below that, the run sees it and can say so."""


def main() -> NoReturn:
    tasks, answers = _pipes()
    setup: Setup = pickle.load(tasks)
    _settle(setup)
    todo: SimpleQueue[Task] = SimpleQueue()
    Thread(target=_receive, args=(tasks, todo, setup), daemon=True).start()
    write(answers, Alive())
    with Path(os.devnull).open("w") as nowhere:
        watch = partial(_watch, setup.limits.seconds + _GRACE, nowhere)
        setup = replace(setup, options=replace(setup.options, sign=partial(_sign, answers, watch)))
        while True:
            task = todo.get()
            for message in _watched(_answers(task, setup), watch):
                write(answers, message)


def _watched(messages: Iterator[Message], watch: Callable[[], None]) -> Iterator[Message]:
    """The same messages; should the next take too long, the process ends."""
    while True:
        watch()
        message = next(messages, None)
        faulthandler.cancel_dump_traceback_later()
        if message is None:
            return
        yield message


def _watch(seconds: float, nowhere: TextIO) -> None:
    """End the process after so long, or at the next call so long after that.

    From C, since a library that hangs may hold the interpreter, and then no thread of Python's runs.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)


def _sign(answers: BinaryIO, watch: Callable[[], None]) -> None:
    """What readers give between parts of long work."""
    write(answers, Alive())
    watch()


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the run under numbers that nobody else knows and no child inherits."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return pipes


def _settle(setup: Setup) -> None:
    if setup.debug:
        # Ours alone: the libraries that loaders stand on log the addresses they ask, with the keys in them.
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("ingest").setLevel(logging.DEBUG)
    tempfile.tempdir = str(setup.scratch)
    os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(setup.scratch)))
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # Tesseract is no faster with more, and slows the embedder
    if sys.platform == "linux":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        bound = int(setup.limits.memory * _HEADROOM)
        resource.setrlimit(resource.RLIMIT_DATA, (bound if most < 0 else min(bound, most), most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _receive(tasks: BinaryIO, todo: SimpleQueue[Task], setup: Setup) -> None:
    """Hands tasks over until the pipe ends, as it does when the run ends, however that happens."""
    with suppress(Exception):
        while True:
            todo.put(pickle.load(tasks))
    shutil.rmtree(setup.scratch, ignore_errors=True)
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # what the readers have started as well
    os._exit(1)


def _answers(task: Task, setup: Setup) -> Iterator[Message]:
    """What comes of a task, and that it is done. No error ends the worker."""
    spent = False
    try:
        yield from _function(task.function)(task.argument, setup)
    except LoadError as exc:
        yield Failed(str(exc), empty=isinstance(exc, NoText))
    except MemoryError:
        spent = True
        yield Failed(too_much_memory(setup.limits.memory))
    except ModuleNotFoundError as exc:
        yield Failed(
            f"is not read: its reader needs the package {exc.name!r}, which is not installed. In the folder of the "
            'project run `pip install -e ".[ingest]"`, and then this again.'
        )
    except Exception as exc:
        logger.debug("%s could not be read", task.id, exc_info=True)
        yield Failed(f"is damaged, or made in a way that its reader does not expect ({type(exc).__name__}).")
    yield Done(spent)


def _function(name: str) -> Callable[[object, Setup], Iterator[Extracted | Failed | Alive]]:
    module, _, function = name.partition(":")
    found: Callable[[object, Setup], Iterator[Extracted | Failed | Alive]] = getattr(import_module(module), function)
    return found
