"""Whether prompt and answer fit, and on which side of the switch of the long-context types they stay.

Those types turn their keys by other factors beyond 4,096 tokens, and keys on either side do not mix: the runtime's own
loop reads everything again in the middle of an answer (minutes on a small machine), and without that the answer
becomes nonsense. So where `context_length` allows more than that, a prompt whose answer may cross begins beyond the
switch, with empty lines before it; reading those is the price of an answer that long. By default nothing is that long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phi_assistant.errors import ConfigError
from phi_assistant.models.errors import PromptTooLong
from phi_assistant.models.onnx.shape import SWITCH, Shape

LEAST = 128
"""Tokens that must be left for an answer, unless it may have fewer anyway."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read and how much may be written."""

    ids: list[int]
    max_tokens: int


def window_of(shape: Shape, context_length: int | None) -> int:
    """Tokens of prompt and answer. Raises `ConfigError` for more than the model was made for."""
    if context_length is None:
        return shape.window
    if not 0 < context_length <= shape.context_length:
        raise ConfigError(
            f"The argument 'context_length' cannot be {context_length:,}: this model was made for at most "
            f"{shape.context_length:,} tokens."
        )
    return context_length


def planned(ids: Sequence[int], max_tokens: int, *, shape: Shape, window: int, filler: int) -> Plan:
    """Raises `PromptTooLong`, with both numbers, if no answer worth the name fits behind the prompt."""
    ids, least = list(ids), min(max_tokens, LEAST)
    if shape.switches and len(ids) <= SWITCH:
        if len(ids) + max_tokens > SWITCH and SWITCH + 1 + least <= window:
            ids = [filler] * (SWITCH + 1 - len(ids)) + ids
        else:
            window = min(window, SWITCH)
    if len(ids) + least > window:
        raise PromptTooLong(
            f"The prompt has {len(ids):,} tokens, and with {least:,} for an answer that is more than the "
            f"{window:,} that fit, so nothing was read. Ask with fewer passages or turns"
            + (
                f", or allow more with `context_length` (up to {shape.context_length:,})."
                if window < shape.context_length
                else "."
            ),
            tokens=len(ids),
            limit=window,
        )
    return Plan(ids, min(max_tokens, window - len(ids)))
