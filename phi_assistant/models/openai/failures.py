"""What goes wrong with a server that speaks OpenAI's API, as the errors of this package with what repairs each.

Knows LangChain's kinds of errors, and how vLLM and llama.cpp say that a prompt is too long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

import httpx2
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from phi_assistant.errors import ConfigError, MissingExtra, ModelUnavailable, PhiAssistantError
from phi_assistant.models.errors import (
    ModelAway,
    ModelBusy,
    ModelDied,
    ModelFailed,
    ModelTimedOut,
    PromptTooLong,
)
from phi_assistant.models.said import said as said_in

_TOO_LONG = re.compile(r"context (length|size|window)|(prompt|input)\b.{0,40} too long", re.IGNORECASE)
_LIMIT = re.compile(r"(?:context length is |n_ctx\W+|context size \()(\d+)")
_TOKENS = re.compile(r"(?:requested|n_prompt_tokens\W+|request \() ?(\d+)")
_LOADING = 503
"""The status of a server that has too much to do, or has not loaded its model yet."""


def no_address() -> ConfigError:
    """A model of such a server is wanted, and nobody said where the server is."""
    return ConfigError(
        "A model `openai:NAME` is that of a server that speaks OpenAI's API, and no such server is named. "
        "Say where it is: PHI_ASSISTANT_OPENAI=http://HOST:8000/v1."
    )


def not_installed() -> MissingExtra:
    """The package that speaks with such servers."""
    return MissingExtra(
        "langchain-openai",
        extra="openai",
        purpose="A server that speaks OpenAI's API (in containers: PHI_EXTRAS=openai, `docker compose up -d --build`)",
    )


def bad_address(given: str) -> ConfigError:
    """The setting is no address, or one with a password, which would be shown wherever the server is named."""
    return ConfigError(
        f"The setting 'openai' cannot be {without_user(given)!r}. Give an address: http://HOST:8000/v1, and what the "
        "server wants to let you in with PHI_ASSISTANT_OPENAI_KEY_FILE."
    )


def bad_key() -> ConfigError:
    """The key cannot be sent; it is not shown."""
    return ConfigError(
        "The key of the server that PHI_ASSISTANT_OPENAI names has characters that no key has, such as a line break or "
        "an accent. Write it anew, alone on one line, into the file that PHI_ASSISTANT_OPENAI_KEY_FILE names."
    )


def without_user(address: str) -> str:
    """An address that may be shown.

    >>> without_user("http://me:secret@gpu:8000/v1")
    'http://…@gpu:8000/v1'
    """
    return re.sub(r"^(\w+://)?.*@", r"\1…@", address)


def unreachable(url: str, why: str) -> ModelAway:
    """Nobody answers at this address."""
    return ModelAway(
        f"No server answers at {url} ({why}). Start it, or name another with PHI_ASSISTANT_OPENAI; "
        f"`curl {url}/models` shows whether it can be reached from here."
    )


def refused_key(url: str) -> ConfigError:
    """The server lets nobody in without a key, or not with this one."""
    return ConfigError(
        f"The server at {url} refuses the key that it was given, or wants one. Put the right one into a file, and name "
        "that with PHI_ASSISTANT_OPENAI_KEY_FILE."
    )


def no_server(url: str, status: int) -> ConfigError:
    """Something answers there, and it is something else."""
    return ConfigError(
        f"What answers at {url} does not list models as a server with OpenAI's API does (status {status}). Name it "
        "with its path in PHI_ASSISTANT_OPENAI, mostly http://HOST:PORT/v1."
    )


def missing(model: str, url: str, known: Sequence[str] = ()) -> ModelUnavailable:
    """The server has no such model."""
    near = get_close_matches(model, known, n=3, cutoff=0.4) or list(known)[:5]
    here = f"It has {', '.join(near)}" if near else f"`curl {url}/models` lists what it has"
    return ModelUnavailable(
        f"The server at {url} has no model {model!r}. {here}; name that with PHI_ASSISTANT_MODEL=openai:NAME."
    )


def broken_off(model: str, url: str, why: str) -> ModelDied:
    """The answer ended before its end."""
    return ModelDied(
        f"The answer of {model!r} at {url} broke off ({why}), and what came of it may be half a sentence. Ask again; "
        "if it happens often, see what the server has logged."
    )


def told(exc: Exception, *, model: str, url: str, begun: bool) -> PhiAssistantError:
    """What a call raised; `begun` says that some of the answer had come."""
    body = _body(exc)
    said = said_in(body).rstrip(".") or f"status {getattr(exc, 'status_code', 'unknown')}"
    if isinstance(exc, ContextOverflowError) or _TOO_LONG.search(said):
        return _too_long(body, said, model, url)
    if isinstance(exc, ModelAuthenticationError | ModelPermissionDeniedError):
        return refused_key(url)
    if isinstance(exc, ModelNotFoundError):
        return missing(model, url)
    if isinstance(exc, ModelRateLimitError) or getattr(exc, "status_code", None) == _LOADING:
        return ModelBusy(f"The server at {url} is busy ({said}). Try again in a moment.")
    if isinstance(exc, ModelTimeoutError | TimeoutError):
        return ModelTimedOut(
            f"The server at {url} said nothing more for too long while {model!r} was asked. Ask for less: fewer "
            "passages (PHI_ASSISTANT_CONTEXT_TOKENS); or see what keeps it busy."
        )
    if isinstance(exc, ModelConnectionError) and not begun:
        return unreachable(url, said)
    if isinstance(exc, ModelInvalidRequestError):
        return ConfigError(f"The model {model!r} at {url} cannot do what was asked: {said}.")
    if begun:
        return broken_off(model, url, said)
    return ModelFailed(f"The server at {url} could not answer with {model!r}: {said}.")


def _too_long(body: str, said: str, model: str, url: str) -> PromptTooLong:
    tokens, limit = (int(found[1]) if (found := form.search(body)) else 0 for form in (_TOKENS, _LIMIT))
    return PromptTooLong(
        f"The prompt and its answer do not fit into what {model!r} at {url} reads at once ({said}), so nothing was "
        "answered. Ask with fewer passages (PHI_ASSISTANT_CONTEXT_TOKENS) or turns.",
        tokens=tokens,
        limit=limit,
    )


def _body(exc: Exception) -> str:
    """What the server has sent; where nothing came, the error at the bottom of the others, which says why."""
    if isinstance(response := getattr(exc, "response", None), httpx2.Response) and response.is_closed:
        return response.text or f"status {response.status_code}"
    while exc.__cause__ and isinstance(exc.__cause__, Exception):
        exc = exc.__cause__
    return str(exc) or type(exc).__name__
