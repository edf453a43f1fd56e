"""Downloads of models that go on while nobody looks: each in a thread, shown to every owner, stopped by any of them.

What has come of one that was stopped is kept, and the next try goes on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread
from time import monotonic
from typing import Literal

from phi_assistant.errors import PhiAssistantError
from phi_assistant.settings import Settings
from phi_assistant.telemetry import silence_hub

logger = logging.getLogger(__name__)

Backend = Literal["onnx", "ollama"]
State = Literal["running", "stopping", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Download:
    """How far one is."""

    name: str
    backend: Backend
    state: State = "running"
    step: str = ""
    """The file that is coming, or what the server is doing."""
    done: int = 0
    total: int = 0
    """Bytes; 0 where they are not known yet."""
    speed: float = 0.0
    """Bytes a second, since it was begun."""
    waiting: bool = False
    """Whether another process is downloading the same model."""
    error: PhiAssistantError | None = None

    @property
    def is_going_on(self) -> bool:
        return self.state in ("running", "stopping")

    @property
    def share(self) -> float:
        """Of the whole, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """None where nobody can tell yet."""
        return (self.total - self.done) / self.speed if self.speed and self.total else None


class Downloads:
    """Those of this process. May be used from several threads."""

    def __init__(self, settings: Settings, *, on_done: Callable[[], object] = lambda: None) -> None:
        """`on_done` is called when a model has come."""
        self._settings, self._on_done = settings, on_done
        self._all: dict[tuple[str, Backend], Download] = {}
        self._stops: dict[tuple[str, Backend], Event] = {}
        self._lock = Lock()

    def start(self, name: str, backend: Backend) -> None:
        """Begins one; one that is going on goes on."""
        key = (name, backend)
        with self._lock:
            if (known := self._all.get(key)) and known.is_going_on:
                return
            self._all[key], self._stops[key] = Download(name, backend), Event()
        Thread(target=self._run, args=(key, self._stops[key]), name=f"download of {name}", daemon=True).start()

    def stop(self, name: str, backend: Backend) -> None:
        """Stops one, at the next piece that comes."""
        key = (name, backend)
        self._note(key, state="stopping", only_if="running")
        if key in self._stops:
            self._stops[key].set()

    def dismiss(self, name: str, backend: Backend) -> None:
        """Takes one that has ended from the list."""
        with self._lock:
            if (known := self._all.get((name, backend))) and not known.is_going_on:
                del self._all[name, backend]

    def all(self) -> list[Download]:
        """As they are, in the order in which they were begun."""
        with self._lock:
            return list(self._all.values())

    def of(self, name: str, backend: Backend) -> Download | None:
        """That of a model, if there is one."""
        return self._all.get((name, backend))

    def _run(self, key: tuple[str, Backend], stop: Event) -> None:
        watch = _Watch(lambda **facts: self._note(key, **facts), stop)
        try:
            _fetch(key, self._settings, watch)
        except _Stopped:
            self._note(key, state="stopped")
        except PhiAssistantError as exc:
            self._note(key, state="stopped" if stop.is_set() else "failed", error=exc)
        except Exception:
            logger.exception("The download of %s failed", key[0])
            self._note(key, state="failed")
        else:
            self._note(key, state="done")
            self._on_done()

    def _note(self, key: tuple[str, Backend], *, only_if: State | None = None, **facts: object) -> None:
        with self._lock:
            known = self._all.get(key)
            if known and (only_if is None or known.state == only_if):
                self._all[key] = replace(known, **facts)  # type: ignore[arg-type]


class _Stopped(Exception):
    """Somebody stopped it; the libraries in between let it pass."""


class _Watch:
    """Told by a download how far it is."""

    def __init__(self, note: Callable[..., None], stop: Event) -> None:
        self._note, self._stop = note, stop
        self._began: tuple[float, int] | None = None

    def __call__(self, progress: object) -> None:
        if self._stop.is_set():
            raise _Stopped
        step, done, total = (getattr(progress, name) for name in ("step", "done", "total"))
        began, before = self._began = self._began or (monotonic(), done)
        passed = monotonic() - began
        speed = (done - before) / passed if passed > 1 else 0.0
        self._note(step=step, done=done, total=total, speed=speed, waiting=False)

    def waiting(self) -> None:
        self._note(waiting=True)


def _fetch(key: tuple[str, Backend], settings: Settings, watch: _Watch) -> None:
    name, backend = key
    if backend == "ollama":
        from phi_assistant.models.ollama.pull import pull as pull_there
        from phi_assistant.models.ollama.server import Server

        pull_there(name, Server(settings.ollama_address), watch)
        return
    silence_hub()
    from phi_assistant.models.hub import pull

    pull(name, settings.models_folder, on_progress=watch, on_wait=watch.waiting)
