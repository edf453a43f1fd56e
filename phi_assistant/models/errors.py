"""What can go wrong with a chat model, in LangChain's own types as well, so that its middleware understands.

    PhiAssistantError
    ├── ModelUnavailable                                 not here, damaged, or not for this machine
    └── ChatError
        ├── PromptTooLong    (ContextOverflowError)      prompt and answer do not fit the context length
        ├── ModelBusy        (ModelRateLimitError)       too many requests are waiting already
        ├── ModelTimedOut    (ModelTimeoutError)         the whole call took longer than it may
        ├── ModelDied        (ModelConnectionError)      the process that holds the model has ended
        │   └── ModelAway                                no server is there that would hold it
        └── ModelFailed      (ModelAPIError)             the runtime refused or could not do it

Arguments that cannot be used are a `ConfigError`, as everywhere.
"""

from __future__ import annotations

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelConnectionError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from phi_assistant.errors import ConfigError, ModelUnavailable, PhiAssistantError

__all__ = [
    "ChatError",
    "ConfigError",
    "ModelAway",
    "ModelBusy",
    "ModelDied",
    "ModelFailed",
    "ModelTimedOut",
    "ModelUnavailable",
    "PromptTooLong",
]


class ChatError(PhiAssistantError):
    """A call of a chat model that did not end in an answer."""

    text: str = ""
    """What had been answered until then."""


class PromptTooLong(ChatError, ContextOverflowError):
    """Prompt and answer do not fit into the context length; nothing was read."""

    def __init__(self, message: str, *, tokens: int, limit: int) -> None:
        super().__init__(message)
        self.tokens, self.limit = tokens, limit


class ModelBusy(ChatError, ModelRateLimitError):
    """Too many requests are waiting already; nothing was read."""


class ModelTimedOut(ChatError, ModelTimeoutError):
    """The call took longer than it may."""


class ModelDied(ChatError, ModelConnectionError):
    """The process that holds the model has ended; the next call starts a new one."""


class ModelAway(ModelDied):
    """The server that is to hold the model does not answer; nothing was read."""


class ModelFailed(ChatError, ModelAPIError):
    """The runtime refused the request or could not finish it."""
