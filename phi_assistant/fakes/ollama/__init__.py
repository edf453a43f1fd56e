"""An Ollama server without weights, for tests: the wire of Ollama 0.32.15, and models that say what they are told to.

    with OllamaServer([FakeModel("phi3.5", says="Forty-two.")]) as server:
        ChatPhiOllama(model="phi3.5", base_url=server.url).invoke("What is the answer?")

It can be asked what came in (`requests`, `prompts`, `loads`), and told what shall go wrong (`fail(Cut(100))`).
"""

from phi_assistant.errors import MissingExtra

try:
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as exc:
    raise MissingExtra(exc.name or "starlette", extra="fakes", purpose="The test server of Ollama") from exc

from phi_assistant.fakes.ollama.context import Prompt
from phi_assistant.fakes.ollama.faults import (
    BUSY,
    CANCELED,
    DIED,
    FORBIDDEN,
    OUT_OF_MEMORY,
    Cut,
    ErrorLine,
    Fault,
    HalfLine,
    NoDone,
    Refused,
    Reset,
    Slow,
    Stall,
    Status,
)
from phi_assistant.fakes.ollama.model import Asked, Endless, FakeModel, ToolCall, Turn
from phi_assistant.fakes.ollama.received import Received
from phi_assistant.fakes.ollama.schedule import Load
from phi_assistant.fakes.ollama.server import OllamaServer
from phi_assistant.fakes.ollama.templates import PHI3, PHI4, PHI4_MINI, PLAIN, Template
from phi_assistant.fakes.ollama.tokens import Tokenizer, WordTokenizer

__all__ = [
    "BUSY",
    "CANCELED",
    "DIED",
    "FORBIDDEN",
    "OUT_OF_MEMORY",
    "PHI3",
    "PHI4",
    "PHI4_MINI",
    "PLAIN",
    "Asked",
    "Cut",
    "Endless",
    "ErrorLine",
    "FakeModel",
    "Fault",
    "HalfLine",
    "Load",
    "NoDone",
    "OllamaServer",
    "Prompt",
    "Received",
    "Refused",
    "Reset",
    "Slow",
    "Stall",
    "Status",
    "Template",
    "Tokenizer",
    "ToolCall",
    "Turn",
    "WordTokenizer",
]
