"""The context length, and how a prompt that does not fit is cut: whole messages, then the middle of the tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from phi_assistant.fakes.ollama.errors import NO_SHIFT, ApiError, from_llama
from phi_assistant.fakes.ollama.model import FakeModel

IMAGE_TOKENS = 768
"""What an image counts when messages are dropped."""


@dataclass(frozen=True)
class Prompt:
    """What a model has read."""

    model: str
    text: str
    tokens: int
    """With the one it begins with."""
    whole: bool
    """Whether nothing of the messages was dropped or cut."""


def length(model: FakeModel, options: Mapping[str, Any], default: int) -> int:
    """`num_ctx`: of the request, of the Modelfile, of the server; at most what the model was trained on."""
    asked = int(options.get("num_ctx", model.parameters.get("num_ctx", default)))
    least = 2048 if "vision" in model.capabilities else 4
    return min(max(asked, least), model.context)


def padded(num_ctx: int) -> int:
    """What llama.cpp makes of it: the next multiple of 256."""
    return -(-num_ctx // 256) * 256


def fitting_messages(
    model: FakeModel,
    messages: Sequence[dict[str, Any]],
    num_ctx: int,
    render: Callable[[Sequence[dict[str, Any]]], str],
) -> list[dict[str, Any]]:
    """The first step: messages are dropped from the front until they fit; system messages and the last one stay."""
    for first in range(len(messages)):
        kept = [each for each in messages[:first] if each["role"] == "system"] + list(messages[first:])
        images = sum(len(each.get("images", ())) for each in kept)
        if len(model.tokenizer.encode(render(kept))) + IMAGE_TOKENS * images <= num_ctx:
            return kept
    return kept if messages else []


def fitting_prompt(
    model: FakeModel,
    text: str,
    num_ctx: int,
    *,
    num_keep: int = 4,
    truncate: bool = True,
    shift: bool = True,
    whole: bool = True,
) -> Prompt:
    """The second step: of the tokens, the middle is cut out. Raises `ApiError` where that is not wanted."""
    ids = model.tokenizer.encode(text)
    count = len(ids) + 1
    limit = num_ctx if truncate else padded(num_ctx)
    if count < limit:
        return Prompt(model.name, text, count, whole)
    if not truncate:
        raise _exceeds(count, limit)
    if not shift:
        raise ApiError(400, NO_SHIFT)
    keep = min(num_keep, num_ctx - 4) + 1
    tail = num_ctx - (num_ctx - keep) // 2 - keep
    left = model.tokenizer.decode(ids[: keep - 1]) + model.tokenizer.decode(ids[len(ids) - tail :])
    return Prompt(model.name, left, keep + tail, whole=False)


def _exceeds(count: int, limit: int) -> ApiError:
    text = f"request ({count} tokens) exceeds the available context size ({limit} tokens), try increasing it"
    return from_llama(400, text, "exceed_context_size_error", n_prompt_tokens=count, n_ctx=limit)
