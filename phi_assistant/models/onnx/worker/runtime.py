"""The runtime: one model of ONNX Runtime GenAI on all cores, and sequences that it reads and continues.

The only module that imports onnxruntime_genai, which happens in the model's own process: its calls hold the
interpreter's lock until they are done. Every error of the runtime is a plain RuntimeError.

Measured with 0.18 on two cores (222 M parameters): `append_tokens([token])` and `get_logits` are as fast as
`generate_next_token`, never read everything again at 4,097 tokens, and leave the choice of the token to us.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime_genai as og
from numpy.typing import NDArray

from phi_assistant.models.onnx.shape import Shape, shape_of
from phi_assistant.models.onnx.worker.machine import cores

Logits = NDArray[np.float32]


class Runtime:
    """A loaded model."""

    def __init__(self, folder: Path) -> None:
        """Raises `ModelUnavailable` for a folder that is none, RuntimeError for a model that cannot be loaded."""
        self.shape: Shape = shape_of(folder)
        config = og.Config(str(folder))
        config.clear_providers()  # the processor alone, whatever the folder was made for
        config.overlay(json.dumps(_on_all_cores()))
        self.model = og.Model(config)

    def sequence(self, capacity: int) -> RuntimeSequence:
        """An empty sequence with memory for this many tokens, taken at once."""
        params = og.GeneratorParams(self.model)
        params.set_search_options(
            max_length=capacity, min_length=0, batch_size=1, num_beams=1, past_present_share_buffer=True
        )
        return RuntimeSequence(og.Generator(self.model, params))


class RuntimeSequence:
    """A generator of the runtime, as we use it: read, take back, and see what could come next."""

    def __init__(self, generator: og.Generator) -> None:
        self._generator = generator

    def read(self, ids: Sequence[int]) -> None:
        """Appends; returns when all of it was read."""
        self._generator.append_tokens(np.asarray(ids, np.int32))

    def rewind(self, length: int) -> None:
        """Takes back all but the first ids; something must be read next."""
        self._generator.rewind_to(length)

    def logits(self) -> Logits:
        """Of the next token, one number for each of the vocabulary."""
        logits: Logits = self._generator.get_logits().reshape(-1)
        return logits


def _on_all_cores() -> dict[str, object]:
    """The runtime itself would use half of them on Linux."""
    options = {"intra_op_num_threads": cores()}
    return {"model": {"decoder": {"session_options": options}}}
