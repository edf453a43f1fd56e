"""The same weights in transformers: what the runtime's tokens are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from transformers import Phi3Config, Phi3ForCausalLM

from tiny_phi.weights import Matrix, Weights


class Peer:
    """Phi3ForCausalLM with given weights."""

    def __init__(self, weights: Weights) -> None:
        self._model = Phi3ForCausalLM(_config(weights)).eval()
        self._model.load_state_dict(_state(weights))

    def logits(self, ids: Sequence[int]) -> Matrix:
        """Of the next token, all read at once."""
        with torch.inference_mode():
            last = self._model(torch.tensor([list(ids)]), logits_to_keep=1).logits[0, -1]
        return np.asarray(last, np.float32)

    def likeliest(self, ids: Sequence[int], count: int) -> list[int]:
        """The likeliest token in each of the last `count` places, after all that is before it."""
        with torch.inference_mode():
            scores = self._model(torch.tensor([list(ids)]), logits_to_keep=count + 1).logits[0, :-1]
        return [int(each) for each in scores.argmax(-1)]

    def continued(self, ids: Sequence[int], count: int) -> list[int]:
        """The likeliest `count` tokens after these."""
        with torch.inference_mode():
            all_ids = self._model.generate(
                torch.tensor([list(ids)]), max_new_tokens=count, min_new_tokens=count, do_sample=False, pad_token_id=0
            )
        return [int(each) for each in all_ids[0, len(ids) :]]


def _config(weights: Weights) -> Phi3Config:
    rope = weights.rope
    scaling: dict[str, object] = {"rope_type": "default", "rope_theta": rope.theta}
    if rope.long:
        scaling |= {
            "rope_type": "longrope",
            "short_factor": list(rope.short),
            "long_factor": list(rope.long),
            "original_max_position_embeddings": rope.original,
        }
    return Phi3Config(
        vocab_size=weights.vocabulary,
        hidden_size=weights.hidden,
        intermediate_size=weights.layers[0].gate.shape[1],
        num_hidden_layers=len(weights.layers),
        num_attention_heads=weights.heads,
        num_key_value_heads=weights.kv_heads,
        max_position_embeddings=rope.context,
        original_max_position_embeddings=rope.original if rope.long else rope.context,
        rope_parameters=scaling,
        eos_token_id=None,
        bos_token_id=None,
        pad_token_id=0,
    )


def _state(weights: Weights) -> dict[str, torch.Tensor]:
    ones = torch.ones(weights.hidden)
    state = {
        "model.embed_tokens.weight": torch.tensor(weights.embed),
        "model.norm.weight": ones,
        "lm_head.weight": torch.tensor(weights.head.T.copy()),
    }
    for number, layer in enumerate(weights.layers):
        at = f"model.layers.{number}."
        state |= {
            at + "self_attn.qkv_proj.weight": torch.tensor(layer.qkv.T.copy()),
            at + "self_attn.o_proj.weight": torch.tensor(layer.out.T.copy()),
            at + "mlp.gate_up_proj.weight": torch.tensor(np.concatenate([layer.gate.T, layer.up.T])),
            at + "mlp.down_proj.weight": torch.tensor(layer.down.T.copy()),
            at + "input_layernorm.weight": ones,
            at + "post_attention_layernorm.weight": ones,
        }
    return state
