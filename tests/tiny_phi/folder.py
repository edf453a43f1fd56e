"""Model folders as Microsoft publishes them: a graph, genai_config.json, and what tells of the tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

from tiny_phi import graph
from tiny_phi.tokenizer import Vocabulary
from tiny_phi.weights import Weights


def write(folder: Path, vocabulary: Vocabulary, weights: Weights, *, kind: str = "phi3") -> Path:
    """Makes the folder, and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    graph.save(weights, folder)
    vocabulary.save(folder)
    (folder / "genai_config.json").write_text(json.dumps(_config(vocabulary, weights, kind), indent=2), "utf-8")
    return folder


def _config(vocabulary: Vocabulary, weights: Weights, kind: str) -> dict[str, object]:
    context = weights.rope.context
    decoder = {
        "session_options": {"log_id": "onnxruntime-genai", "provider_options": []},
        "filename": "model.onnx",
        "head_size": weights.size,
        "hidden_size": weights.hidden,
        "num_attention_heads": weights.heads,
        "num_hidden_layers": len(weights.layers),
        "num_key_value_heads": weights.kv_heads,
        "inputs": {
            "input_ids": "input_ids",
            "attention_mask": "attention_mask",
            "past_key_names": "past_key_values.%d.key",
            "past_value_names": "past_key_values.%d.value",
        },
        "outputs": {
            "logits": "logits",
            "present_key_names": "present.%d.key",
            "present_value_names": "present.%d.value",
        },
    }
    model = {
        "type": kind,
        "vocab_size": weights.vocabulary,
        "context_length": context,
        "bos_token_id": vocabulary.id(vocabulary.settings["bos_token"]),
        "eos_token_id": vocabulary.end_ids,
        "pad_token_id": vocabulary.id("<|endoftext|>"),
        "decoder": decoder,
    }
    search = {"do_sample": False, "max_length": context, "past_present_share_buffer": True, "top_k": 1}
    return {"model": model, "search": search}
