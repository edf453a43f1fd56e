"""What a server says when it cannot, as the errors of this package with the command that repairs each.

Knows the texts of Ollama 0.24 to 0.32 and of the llama.cpp beneath it; what is in none of them is `ModelFailed`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches

from phi_assistant.errors import ConfigError, ModelUnavailable, PhiAssistantError
from phi_assistant.models.catalogue import InOllama, catalogue, lookup
from phi_assistant.models.errors import ModelAway, ModelBusy, ModelDied, ModelFailed, ModelTimedOut, PromptTooLong
from phi_assistant.models.said import said

_TOO_LONG = ("exceeds the available context size", "exceeds the context length", "longer than the context length")
_NO_MEMORY = ("requires more system memory", "out-of-memory", "out of memory", "failed to allocate")
_DIED = (
    "unexpected EOF",
    "runner has unexpectedly stopped",
    "runner process has terminated",
    "runner process no longer",
    "said nothing",
)


def unreachable(url: str, why: str) -> ModelAway:
    """Nobody answers at this address."""
    return ModelAway(
        f"No Ollama server answers at {url} ({why}). Start it with `ollama serve` or "
        "`docker compose --profile ollama up -d`, or name another with PHI_ASSISTANT_OLLAMA (in Python: `base_url`)."
    )


def broken_off(model: str, why: str) -> ModelDied:
    """The answer ended before its end."""
    return ModelDied(
        f"The answer of the Ollama model {model!r} broke off ({why}), and what came of it may be half a sentence. "
        "Ask again; if it happens often, see the server's log with `ollama ps` and `journalctl -u ollama`."
    )


def late(model: str, url: str, seconds: float) -> ModelTimedOut:
    """The call took longer than it may; without a model it was about the server itself."""
    if not model:
        return ModelTimedOut(
            f"The Ollama server at {url} did not answer within {seconds:g} seconds. See whether it runs and is reached "
            "from here, or name another with PHI_ASSISTANT_OLLAMA (in Python: `base_url`)."
        )
    return ModelTimedOut(
        f"The Ollama model {model!r} at {url} did not finish within {seconds:g} seconds, waiting for others included, "
        "and was stopped. Ask for less: fewer passages (PHI_ASSISTANT_CONTEXT_TOKENS) or, in Python, a smaller "
        "`max_tokens`; or allow more with `timeout`."
    )


def refused(status: int, body: str, *, model: str, url: str, tokens: int = 0, limit: int = 0) -> PhiAssistantError:
    """The error that a status and a body stand for; `tokens` is what the prompt may have and `limit` what fits, for
    servers that say neither."""
    text = said(body)
    if any(each in text for each in _TOO_LONG):
        return _too_long(body, model, tokens, limit)
    if status == 403:
        return ConfigError(
            f"The Ollama server at {url} refuses calls under this host name. Call it by its IP address or as "
            "localhost, or start it with `OLLAMA_HOST=0.0.0.0 ollama serve`."
        )
    if status in (401, 407):
        return ConfigError(
            f"{url} wants credentials. Give them in the address (PHI_ASSISTANT_OLLAMA=https://USER:PASSWORD@HOST), "
            "or in Python with `api_key`."
        )
    if status in (404, 405):
        return ConfigError(
            f"What answers at {url} is no Ollama server, or one behind another path ({status} {text[:60]!r}). "
            "Name it without /api or /v1, with PHI_ASSISTANT_OLLAMA (in Python: `base_url`): http://HOST:11434."
        )
    if any(each in text for each in _NO_MEMORY):
        return ModelFailed(f"The server at {url} has not the memory for {model!r} ({text}). {_smaller(model)}")
    if status in (429, 503) or "server busy" in text:
        return ModelBusy(f"The Ollama server at {url} is busy ({text or status}). Try again in a moment.")
    if status in (499, 502, 504) or any(each in text for each in _DIED):
        return broken_off(model, text or str(status))
    if status == 400 or "does not support" in text or "invalid format" in text or "must be of type" in text:
        return ConfigError(f"The Ollama model {model!r} cannot do what was asked: {text}.")
    return ModelFailed(f"The Ollama server at {url} could not answer with {model!r}: {text or status}.")


def _smaller(model: str) -> str:
    """What to do where a model is too large: a smaller Phi, if there is one."""
    own = lookup(model)
    size = own.ollama.size if own and isinstance(own.ollama, InOllama) else math.inf
    all_ = [each.ollama for each in catalogue() if isinstance(each.ollama, InOllama)]
    fitting = [each for each in all_ if each.size < size]
    best = max(fitting, key=lambda each: each.size) if own and fitting else min(all_, key=lambda each: each.size)
    less = "ask for less context with `context_length=2048`, or free some: `ollama ps`, `ollama stop NAME`"
    return f"Take a smaller one, `ollama pull {best.name}`, or {less}." if best.size < size else f"{less.capitalize()}."


def missing(model: str, url: str, known: Sequence[str]) -> ModelUnavailable:
    """The server has no such model."""
    near = get_close_matches(model, known, n=3, cutoff=0.4)
    here = f" It has {', '.join(near or list(known)[:5])}." if known else " It has none yet."
    return ModelUnavailable(
        f"The Ollama server at {url} has no model {model!r}.{here} Fetch it with `ollama pull {model}`."
    )


def _too_long(body: str, model: str, tokens: int, limit: int) -> PromptTooLong:
    numbers = re.search(r"request \((\d+) tokens\).*?\((\d+) tokens\)", body)
    if numbers:
        tokens, limit = int(numbers[1]), int(numbers[2])
    return too_long(model, tokens, limit, exact=bool(numbers))


def too_long(model: str, tokens: int, limit: int, *, exact: bool) -> PromptTooLong:
    """The prompt does not fit."""
    return PromptTooLong(
        f"The prompt has {'' if exact else 'about '}{tokens:,} tokens, more than the {limit:,} that the Ollama model "
        f"{model!r} has room for here, so nothing was answered. Ask with fewer passages (PHI_ASSISTANT_CONTEXT_TOKENS) "
        "or turns, or allow more with `context_length`.",
        tokens=tokens,
        limit=limit,
    )
