"""What a model folder says of itself: its type, its context length, its end tokens, what a token of memory costs.

Reads `genai_config.json` alone; loads nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.repair import repair

SWITCH = 4096
"""Tokens up to which the long-context types of the family (phi3, phimoe, phi4mm) turn their keys by the short
factors of LongRoPE. Keys on either side of it do not mix, so that a sequence stays on one side."""

_SWITCHES = {"phi3", "phi3small", "phi3v", "phimoe", "phi4mm"}
_LONG = 65_536
"""Of those types, the ones for 131,072 tokens have LongRoPE; Phi-4 (16,384) and its reasoning ones (32,768) do not.
What the model's own `config.json` says goes before this guess."""

_NO_REWIND = {"phi3v", "phi4mm"}
_BYTES = 4
"""Of a number in the cache: the CPU models keep it in fp32."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The facts of a folder."""

    type: str
    context_length: int
    """Tokens of prompt and answer that it was made for."""
    end_ids: tuple[int, ...]
    vocabulary: int
    token_bytes: int
    """What one token of a conversation takes in the key-value cache."""
    switches: bool
    """Whether the keys change beyond `SWITCH` tokens."""
    rewinds: bool
    """Whether a part of what was read can be taken back."""

    @property
    def window(self) -> int:
        """The tokens that a conversation may have if nothing else is said."""
        return SWITCH if self.switches else self.context_length


def shape_of(folder: Path) -> Shape:
    """Of a GenAI folder. Raises `ModelUnavailable` if its configuration is missing or not one."""
    file = folder / "genai_config.json"
    try:
        return _shape(json.loads(file.read_text("utf-8"))["model"], _rope(folder))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ModelUnavailable(
            f"The folder {folder} holds no model of ONNX Runtime GenAI that can be used: {file.name} says nothing "
            f"usable ({type(exc).__name__}: {exc}). {repair(folder)}"
        ) from exc


def _rope(folder: Path) -> bool | None:
    """Whether the model's own configuration says that its keys change, if it is there and says anything."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        scaling = config.get("rope_scaling")
    except (OSError, ValueError, AttributeError):
        return None
    return bool(scaling) and "long_factor" in scaling if "rope_scaling" in config else None


def _shape(model: dict[str, Any], long_rope: bool | None) -> Shape:
    decoder, length = model["decoder"], int(model["context_length"])
    ends = model["eos_token_id"]
    heads = decoder["num_hidden_layers"] * decoder["num_key_value_heads"] * decoder["head_size"]
    return Shape(
        type=model["type"],
        context_length=length,
        end_ids=tuple(ends) if isinstance(ends, list) else (ends,),
        vocabulary=model["vocab_size"],
        token_bytes=2 * heads * _BYTES,
        switches=model["type"] in _SWITCHES
        and length > SWITCH
        and (length >= _LONG if long_rope is None else long_rope),
        rewinds=model["type"] not in _NO_REWIND,
    )
