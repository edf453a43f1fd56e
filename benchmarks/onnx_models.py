"""Models of random weights to measure with, and prompts for them of which no word is anybody's by chance.

The weights are made by `make_phi3_onnx.py`, which lies beside the checkout; speed and memory do not depend on what
they are. The tokenizer is our own, as the tool's knows a thousand of the 32,064 tokens and the rest would be written
as nothing: here every token is a text, so an answer says which tokens it is made of, and every word of three letters
is one token, so a prompt is as long as it was asked to be.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from platformdirs import user_cache_path
from tokenizers import Tokenizer, decoders, models, normalizers

TOOL = Path(__file__).parents[2] / "shared" / "tools" / "make_phi3_onnx.py"
CACHE = user_cache_path("phi-assistant") / "benchmarks"

Chat = list[tuple[str, str]]
"""Roles ("user", "assistant") and texts."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_SPECIAL = ("<unk>", "<s>", "</s>", "<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>")
VOCABULARY = 32064
_FIRST = len(_SPECIAL) + 256
"""Of the tokens that are text of their own."""
ENDS = (3, 6)


@dataclass(frozen=True)
class Shape:
    """What a model is like."""

    name: str
    hidden: int
    layers: int
    heads: int
    intermediate: int
    context: int = 4096

    def folder(self, cache: Path, tool: Path = TOOL) -> Path:
        """Where this one is; made there the first time."""
        folder = cache / self.name
        if not folder.is_dir():
            unfinished = folder.with_suffix(".unfinished")
            sizes = {name: getattr(self, name) for name in ("hidden", "layers", "heads", "intermediate", "context")}
            options = [text for name, size in sizes.items() for text in (f"--{name}", str(size))]
            subprocess.run([sys.executable, str(tool), str(unfinished), *options], check=True)
            _mend(unfinished)
            _tokenizer().save(str(unfinished / "tokenizer.json"))
            unfinished.rename(folder)
        return folder


SMALL = Shape("222m", hidden=1024, layers=16, heads=16, intermediate=2816)
LONG = Shape("222m-8k", hidden=1024, layers=16, heads=16, intermediate=2816, context=8192)
FULL = Shape("phi-3.5-mini", hidden=3072, layers=32, heads=32, intermediate=8192)
SHAPES = {shape.name: shape for shape in (SMALL, LONG, FULL)}


class Words:
    """Texts of random words; two of them begin alike by no more than chance."""

    def __init__(self, seed: int, known: int | None = None) -> None:
        """`known`: out of how many different words; none is all there are."""
        self._random = random.Random(seed)
        self._known = _words()[:known]

    def text(self, words: int) -> str:
        return " ".join(self._random.sample(self._known, words))

    def question(self, words: int) -> Chat:
        return [("user", self.text(words))]


def ids(tokenizer: Tokenizer, chat: Chat) -> list[int]:
    """What the model's own template makes of a chat."""
    turns = "".join(f"<|{role}|>\n{text}<|end|>\n" for role, text in chat)
    return list(tokenizer.encode(f"{turns}<|assistant|>\n", add_special_tokens=False).ids)


def text(tokenizer: Tokenizer, tokens: Sequence[int]) -> str:
    return str(tokenizer.decode(list(tokens)))


def open_tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _mend(folder: Path) -> None:
    """Changes weights in place so that answers neither end nor go round in circles before they are as long as asked.

    Of 16 values around 8 the tool draws all alike, so each int4 weight is half a step too low, and after some layers
    every state points the same way: the mean is taken out. And where every token leads to any other by chance, greedy
    answers come back to where they were within twenty: so the output matrix is the embedding itself, moved on by one.
    A token mostly leads to the next in the vocabulary; which is the first, and where the row breaks off, all layers
    and the whole prompt decide. Special tokens and single bytes are never said.
    """
    weights = {each.name: each for each in onnx.load(folder / "model.onnx", load_external_data=False).graph.initializer}
    for name, weight in weights.items():
        if name.endswith(".q"):
            packed = _opened(folder, weight, np.uint8)
            packed[packed & 0x0F == 0] |= 0x08
            packed[packed & 0xF0 == 0] |= 0x80
            packed.flush()
    embedding = np.array(_opened(folder, weights["embed"], np.float32))
    steps = np.full(embedding.shape, 8, np.uint8)
    steps[_FIRST + 1 :] = np.clip(np.round(embedding * 12) + 8, 1, 15)[_FIRST:-1]
    head = _opened(folder, weights["lm_head.q"], np.uint8)
    head[:] = (steps[:, 0::2] | steps[:, 1::2] << 4).reshape(head.shape)
    head.flush()


def _opened(folder: Path, weight: onnx.TensorProto, dtype: type) -> np.memmap[Any, Any]:
    place = {entry.key: entry.value for entry in weight.external_data}
    return np.memmap(folder / place["location"], dtype, "r+", int(place.get("offset", 0)), tuple(weight.dims))


def _words() -> list[str]:
    """All words that are a token each."""
    fixed = _FIRST + 1 + 2 * len(_LETTERS) + len(_LETTERS) ** 2
    return ["".join(word) for word in islice(product(_LETTERS, repeat=3), VOCABULARY - fixed)]


def _tokenizer() -> Tokenizer:
    """Like Phi-3's: byte-pair encoding over "▁" for a space, with bytes for what it does not know."""
    words = [f"▁{word}" for word in _words()]
    firsts = [f"▁{letter}" for letter in _LETTERS]
    pairs = [first + letter for first in firsts for letter in _LETTERS]
    texts = [*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *_LETTERS, *firsts, *pairs, *words]
    merges = [(merged[:-1], merged[-1]) for merged in (*firsts, *pairs, *words)]
    vocabulary = {token: number for number, token in enumerate(texts)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(list(_SPECIAL))
    return tokenizer
