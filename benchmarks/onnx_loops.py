"""`python -m benchmarks.onnx_loops WHICH FOLDER`: the same tokens without us: bare loops, and transformers.

A bare loop is what one writes over the runtime when nothing else matters: no prompt, no text, nobody else. It is
measured with all cores and with as many as the runtime takes by itself. Transformers runs the same shape with random
weights in bfloat16, as the checkpoints are (float32 was slower here), and keeps its cache for a follow-up as its
documentation shows.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.child import Json, serve
from benchmarks.onnx_engine import together
from benchmarks.onnx_models import ENDS, SHAPES, VOCABULARY, Shape
from benchmarks.watching import spans, watched_thread
from phi_assistant.embeddings.onnx import usable_cores

LOGITS, NEXT = "append_tokens + get_logits + argmax", "generate_next_token"
WHICH = ("all", "default", "transformers")


def timed(tokens: Callable[[], Iterator[int]], most: int) -> Json:
    """Takes at most so many; one that ends the answer is its last."""
    found, times, began = [], [], perf_counter()
    for token in islice(tokens(), most):
        times.append(perf_counter())
        found.append(token)
        if token in ENDS:
            break
    return {**spans(began, times), "tokens": found}


class Loop:
    """Over the runtime's Generator."""

    def __init__(self, folder: Path, *, all_cores: bool) -> None:
        import onnxruntime_genai as og

        self._og = og
        config = og.Config(str(folder))
        config.clear_providers()
        if all_cores:
            options = {"session_options": {"intra_op_num_threads": usable_cores()}}
            config.overlay(json.dumps({"model": {"decoder": options}}))
        self._model = og.Model(config)

    def answer(self, ids: Sequence[int], most: int, how: str) -> Json:
        way = {LOGITS: self._by_logits, NEXT: self._by_next}[how]
        return timed(lambda: way(ids, len(ids) + most), most)

    def gap(self, ids: Sequence[int]) -> float:
        """The longest that another thread of the same process stood still while a prompt was read."""
        with watched_thread() as gap:
            self._generator(len(ids) + 1).append_tokens(list(ids))
        return gap[0]

    def together(self, prompts: Sequence[Sequence[int]], most: int) -> Json:
        """Several at once; of one alone, the loop."""
        if len(prompts) > 1:
            return together(self._model, prompts, most)
        began = perf_counter()
        tokens = self.answer(prompts[0], most, LOGITS)["tokens"]
        return {"seconds": perf_counter() - began, "tokens": [tokens]}

    def _generator(self, length: int) -> Any:
        params = self._og.GeneratorParams(self._model)
        params.set_search_options(do_sample=False, max_length=length)
        return self._og.Generator(self._model, params)

    def _by_logits(self, ids: Sequence[int], length: int) -> Iterator[int]:
        generator = self._generator(length)
        generator.append_tokens(list(ids))
        while True:
            token = int(generator.get_logits().argmax())
            yield token
            generator.append_tokens([token])

    def _by_next(self, ids: Sequence[int], length: int) -> Iterator[int]:
        generator = self._generator(length)
        generator.append_tokens(list(ids))
        while True:
            generator.generate_next_token()
            yield int(generator.get_next_tokens()[0])


class Transformers:
    """Its `generate` on the processor; a follow-up gives it the cache of the turn before."""

    def __init__(self, shape: Shape) -> None:
        import torch
        from transformers import Phi3Config, Phi3ForCausalLM

        torch.set_num_threads(usable_cores())
        config = Phi3Config(
            vocab_size=VOCABULARY,
            hidden_size=shape.hidden,
            intermediate_size=shape.intermediate,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            max_position_embeddings=shape.context,
            original_max_position_embeddings=shape.context,
            bos_token_id=1,
            eos_token_id=list(ENDS),
            pad_token_id=ENDS[0],
        )
        with torch.device("meta"):
            empty = Phi3ForCausalLM(config)
        self._torch = torch
        self._model = self._filled(empty)
        self._cache: Any = None

    def answer(self, ids: Sequence[int], most: int, follows: bool = False) -> Json:
        """`follows`: the ids begin with what the answer before was given and gave."""
        tokens = self._torch.tensor([list(ids)])
        self._cache = self._cache if follows else None
        seen = _Seen()
        began = perf_counter()
        made = self._model.generate(
            tokens,
            attention_mask=self._torch.ones_like(tokens),
            past_key_values=self._cache,
            max_new_tokens=most,
            do_sample=False,
            streamer=seen,
            return_dict_in_generate=True,
        )
        self._cache = made.past_key_values
        return {**spans(began, seen.times), "tokens": made.sequences[0, len(ids) :].tolist()}

    def _filled(self, empty: Any) -> Any:
        """With random weights: of three thousand million, torch's own initialisation takes minutes."""
        from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding

        model = empty.to(self._torch.bfloat16).to_empty(device="cpu")
        with self._torch.no_grad():
            for weight in model.parameters():
                weight.uniform_(-0.03, 0.03)
        model.model.rotary_emb = Phi3RotaryEmbedding(model.config)
        return model.eval()


class _Seen:
    """A streamer that notes when tokens come; it is given the prompt as well, with as many rows as there are chats."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, tokens: Any) -> None:
        if tokens.dim() == 1:
            self.times.append(perf_counter())

    def end(self) -> None: ...


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=WHICH)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    if chosen.which == "transformers":
        serve({"answer": Transformers(SHAPES[chosen.folder.name]).answer})
    else:
        loop = Loop(chosen.folder, all_cores=chosen.which == "all")
        serve({"answer": loop.answer, "gap": loop.gap, "together": loop.together})


if __name__ == "__main__":
    main()
