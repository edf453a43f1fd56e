"""What the server refuses, in Ollama's words."""

from __future__ import annotations

from phi_assistant.fakes.ollama import go


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


def from_llama(status: int, message: str, kind: str = "invalid_request_error", **more: int) -> ApiError:
    """An error of llama.cpp: its whole body stands as a string in Ollama's."""
    body = {"error": {"code": status, "message": message, "type": kind, **more}}
    return ApiError(status, go.encode(body).replace("\\u0026", "&").replace("\\u003c", "<").replace("\\u003e", ">"))


BUSY = "server busy, please try again.  maximum pending requests exceeded"
DIED = "an error was encountered while running the model: unexpected EOF"
NO_EMBEDDINGS = "This server does not support embeddings. Start it with `--embeddings`"
NO_SHIFT = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, "
    "adjust the context length in settings, or use a model with a longer context length"
)
OUT_OF_MEMORY = "llama-server reported out-of-memory during startup: unable to allocate CPU buffer"
TOO_LONG_TO_EMBED = "the input length exceeds the context length"
