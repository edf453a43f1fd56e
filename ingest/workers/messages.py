"""What passes between a run and its worker processes, and how it is written to a pipe.

Values only. What a worker says is taken for data even if a file has made the worker its own: nothing but
these values can come out of `read`.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ingest.readers.options import Options
from ingest.workers.limits import Limits
from phi_assistant.schema import Chunk


@dataclass(frozen=True, slots=True)
class Setup:
    """Told to a worker before anything else. Goes through the pipe: what is secret in it is in no list of processes."""

    options: Options
    limits: Limits
    scratch: Path = Path()
    """A folder of the worker's own for what libraries leave behind; it goes when the worker goes."""
    debug: bool = False
    """Whether it says on the error stream why a file could not be read, with the traceback."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something a worker is to do."""

    id: str
    """The file or loader that it is about, as the report calls it."""
    function: str
    """ "module:name" of a function that takes `argument` and a `Setup`, and yields messages."""
    argument: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Extracted:
    """A source, ready to be embedded."""

    name: str
    """What the chunks call it."""
    title: str
    digest: str
    """Of what was read, whatever has become of the file since."""
    chunks: tuple[Chunk, ...] = field(repr=False)
    problems: tuple[tuple[str, str], ...] = ()
    """Parts that could not be read: where, and why."""


@dataclass(frozen=True, slots=True)
class Same:
    """A document of a loader that is stored already."""

    digest: str


@dataclass(frozen=True, slots=True)
class Failed:
    """What could not be read."""

    reason: str
    empty: bool = False
    """It was read, and there is no text in it."""
    name: str = ""
    """The document of a loader; of a file, the task says it."""


@dataclass(frozen=True, slots=True)
class Alive:
    """Work goes on; for what takes long, so that it is not taken for a hang."""


@dataclass(frozen=True, slots=True)
class Done:
    """The task is finished, whatever came of it; after `Task`, this is always the last."""

    spent: bool = False
    """The worker should be replaced."""


Message = Extracted | Same | Failed | Alive | Done

_KNOWN = {(each.__module__, each.__qualname__): each for each in (Extracted, Same, Failed, Alive, Done, Chunk)}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _KNOWN[module, name]
        except KeyError as exc:
            raise pickle.UnpicklingError(f"{module}.{name} is no message") from exc


def read(stream: IO[bytes]) -> Message:
    """The next message of a worker. Raises whatever `pickle` raises at the end of the stream or at nonsense."""
    message: Message = _Reader(stream).load()
    return message


def write(stream: IO[bytes], message: Message | Task | Setup) -> None:
    pickle.dump(message, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()
