"""The test server in a process of its own: models as fast as it can, at a model's pace, and with faults."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from benchmarks.child import Json, serve
from phi_assistant.fakes.ollama import BUSY, FakeModel, Fault, HalfLine, OllamaServer, Refused, Reset, Stall
from phi_assistant.fakes.ollama.received import Received

TOKENS = {"fast": 1000, "paced": 64, "short": 8}
"""Of each model's answer."""
PACE_S = 0.005
"""A token of `paced`: 200 a second, which no Phi reaches on a processor."""

WORDS = [f" word{number}" for number in range(max(TOKENS.values()))]
FAULTS: tuple[Fault, ...] = (Refused(0.1), Reset(), Reset(400), HalfLine(3), BUSY, Stall(), Stall(3))


def expected(model: str) -> str:
    """What it says."""
    return "".join(WORDS[: TOKENS[model]])


class Faulty:
    """Spoils a share of the chats, by chance."""

    def __init__(self) -> None:
        self.share, self.count = 0.0, 0
        self._random = Random(7)

    def __call__(self, received: Received) -> Fault | None:
        if received.path != "/api/chat" or self._random.random() >= self.share:
            return None
        self.count += 1
        return self._random.choice(FAULTS)


FAULTY = Faulty()


@cache
def _server() -> OllamaServer:
    models = [
        FakeModel(name, says=WORDS[:count], token_s=PACE_S if name == "paced" else 0) for name, count in TOKENS.items()
    ]
    return OllamaServer(models, parallel=64, faults=FAULTY)


def start() -> str:
    """Its address."""
    _server().__enter__()
    return _server().url


def spoil(share: float) -> None:
    """From now on so much goes wrong."""
    FAULTY.share = share


def state() -> Json:
    """What is going on there."""
    server = _server()
    return {"active": server.active, "connections": server.connections, "faults": FAULTY.count}


def stop() -> None:
    """Ends it."""
    _server().__exit__(None, None, None)


FUNCTIONS: dict[str, Any] = {"start": start, "spoil": spoil, "state": state, "stop": stop}

if __name__ == "__main__":
    serve(FUNCTIONS)
