"""A BERT-shaped embedder on ONNX Runtime: a folder with `model.onnx` and `tokenizer.json`.

Knows tokenising, batching and mean pooling. Knows nothing of where the folder comes from (`minilm`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from phi_assistant.embeddings.base import Embedder, Vectors, unit
from phi_assistant.errors import ModelUnavailable

BATCH_TOKENS = 512
"""Padded tokens run at once by one core: what fits its caches. 1,024 was 6 % slower, 8,192 25 % (AVX512-VNNI)."""

UNLIKE = 4
"""Texts of which one is so many times as long as the other are run apart: a question and the same after its
conversation took 23 ms of processor together, most of it padding, and take 16."""

LONG = 100
"""Tokens from which a text alone is shared between cores."""

MAX_TOKENS = 512
"""The positions that BERT models have; what is longer is cut, so chunks stay far below."""


class OnnxEmbedder(Embedder):
    """Embeds with the ONNX model of a folder.

    The int8 model takes the range of its activations from each batch, so that a text's vector varies a
    little with its neighbours in the batch (cosine above .99 to itself).
    """

    def __init__(self, spec: str, *, folder: Path, file: str = "model.onnx") -> None:
        """Raises `ModelUnavailable` if the folder does not hold a model that loads."""
        self.spec = spec
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = _opened(folder / file, threads=1)
        except Exception as exc:  # both libraries raise their own bare kinds of Exception
            raise ModelUnavailable(
                f"The embedder in {folder} does not load ({exc}). Delete that folder; it is built anew."
            ) from exc
        self._file = folder / file
        self._cores = ThreadPoolExecutor(usable_cores())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._counter = Tokenizer.from_str(self._tokenizer.to_str())
        self._tokenizer.enable_truncation(MAX_TOKENS)

    @property
    def dimensions(self) -> int:
        return int(self._session.get_outputs()[0].shape[-1])

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has, those that mark its beginning and end left out; nothing is cut."""
        return len(self._counter.encode(text, add_special_tokens=False))

    def embed(self, texts: Iterable[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        lengths = [len(encoding) for encoding in encodings]
        batches = list(_batches(lengths))
        vectors = np.zeros((len(encodings), self.dimensions), np.float32)
        session = self._shared if _is_question(lengths) else self._session
        pooled = self._cores.map(lambda rows: self._pooled([encodings[row] for row in rows], session), batches)
        for rows, means in zip(batches, pooled, strict=True):
            vectors[rows] = means
        return unit(vectors)

    @cached_property
    def _shared(self) -> onnxruntime.InferenceSession:
        """With all cores on each batch; made when the first long question comes."""
        return _opened(self._file, threads=usable_cores())

    def _pooled(self, batch: list[Encoding], session: onnxruntime.InferenceSession) -> Vectors:
        """The mean over the tokens of each text."""
        ids, mask = _padded(batch)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = session.run(None, feed)[0]
        pooled: Vectors = np.einsum("bth,bt->bh", hidden, mask.astype(np.float32))
        return pooled


def _opened(file: Path, *, threads: int) -> onnxruntime.InferenceSession:
    """With one thread there is a batch on each core rather than all cores on each batch: 1.4 times as fast on an idle
    machine, 2.5 times on a busy one, where cores that share a batch wait for the slowest."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait take the cores from each other: a short question took 2.0 ms, and takes 1.5.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def _is_question(lengths: list[int]) -> bool:
    """Whether it is one long text, with or without a short one: a question after a conversation, on which all cores
    but one would wait."""
    return len(lengths) <= 2 and max(lengths, default=0) >= LONG


def usable_cores() -> int:
    """The processors this process may run on, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Rows of similar length together, so that little is spent on padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        is_full = (len(batch) + 1) * lengths[row] > BATCH_TOKENS
        if batch and (is_full or lengths[row] > UNLIKE * lengths[batch[0]]):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _padded(batch: list[Encoding]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    shape = (len(batch), max(len(encoding) for encoding in batch))
    ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, encoding in enumerate(batch):
        ids[row, : len(encoding)] = encoding.ids
        mask[row, : len(encoding)] = 1
    return ids, mask
