"""What is asked of a server besides answers, in a thread: what it has and holds, vectors, downloads."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass

from phi_assistant.models.ollama.address import Address
from phi_assistant.models.ollama.connection import FAILURES, connection_to, whole
from phi_assistant.models.ollama.lines import Line
from phi_assistant.models.ollama.questions import asked, failing
from phi_assistant.models.patience import Patience
from phi_assistant.settings import Settings

AT_ONCE_S = 2.0
"""What a server takes at most to say how it is."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that a server holds in memory."""

    name: str
    context: int
    """Tokens of prompt and answer; 0 if the server does not say."""
    memory: int
    """Bytes."""
    on_gpu: int
    """Bytes of them."""


@dataclass(frozen=True, slots=True)
class State:
    """How a server is."""

    url: str
    version: str
    models: Mapping[str, int]
    """What it has, by name, in bytes."""
    loaded: tuple[Loaded, ...]


def state_at_once(base_url: str | None, *, seconds: float = AT_ONCE_S) -> State:
    """How a server is, for whoever only looks: within so many seconds, and nothing is tried again. Raises as `Server`
    does, and `ModelTimedOut`."""
    return Server(base_url, timeout=seconds, max_retries=0).state()


class Server:
    """One server. All methods raise `ModelDied` if there is none, and the errors of `failures`."""

    def __init__(self, base_url: str | None = None, *, timeout: float | None = 600.0, max_retries: int = 2) -> None:
        """`base_url`: none takes that of the settings. Raises `ConfigError` for one that cannot be."""
        self._there = connection_to(Address.parse(base_url or Settings.load().ollama_address), {})
        self._timeout, self._retries = timeout, max_retries

    @property
    def url(self) -> str:
        """Without credentials."""
        return self._there.address.url

    def ask(self, path: str, body: Line | None = None, *, model: str = "", limit: int = 0) -> Line:
        """One answer in one piece; what may pass is tried again. `limit` is what fits, if the server is not to say."""
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        patience = Patience(self._retries, deadline)

        def once(path: str, body: Line | None) -> Line:
            return whole(self._there.lines(path, body, deadline=deadline))

        while True:
            try:
                return once(path, body)
            except FAILURES as exc:
                error = asked(failing(exc, model, url=self.url, seconds=self._timeout or 0.0, limit=limit), once)
                wait = patience.pause(error)
                if wait is None:
                    raise error from (None if error is exc else exc)
            time.sleep(wait)

    def state(self) -> State:
        """What it has and what it holds."""
        version, tags, running = (self.ask(f"/api/{what}") for what in ("version", "tags", "ps"))
        return State(
            self.url,
            str(version.get("version") or "unknown"),
            {str(each.get("name")): int(each.get("size") or 0) for each in tags.get("models") or []},
            tuple(_loaded(each) for each in running.get("models") or []),
        )

    def lines(self, path: str, body: Line, *, silence: float) -> Generator[Line]:
        """An answer as it comes, for as long as it takes, with no more than so many seconds between two pieces."""
        with closing(self._there.lines(path, body, silence=silence)) as lines:
            for together in lines:
                yield from together


def _loaded(listed: Line) -> Loaded:
    return Loaded(
        str(listed.get("name")),
        int(listed.get("context_length") or 0),
        int(listed.get("size") or 0),
        int(listed.get("size_vram") or 0),
    )
