"""Whether a model folder is whole: the configuration, the tokenizer, the chat template, the graph, and the weights
that it names.

Loads no model. Of a downloaded folder the manifest says what must be there; of any other, its own files do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.models.manifest import FILE, Manifest

CONFIG = "genai_config.json"

_TOKENIZER, _TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
_NO_TEMPLATE = (
    "it has no chat template, in tokenizer_config.json or as chat_template.jinja, as models that were not trained to "
    "answer have none"
)
_POINTER = b"version https://git-lfs"
_WEIGHTS_WITHIN = 512_000_000
"""A graph file larger than this holds weights itself, and is not read only to find others."""


def flaw(folder: Path) -> str | None:
    """Why the folder cannot be used, as a clause ("model.onnx.data is missing"); None if it can.

    Looked at again only when a file in it has changed: chat models ask with every call.
    """
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    stats = [(file.name, file.stat()) for file in files if file.exists()]
    return _flaw(folder, tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats))


@lru_cache(maxsize=64)
def _flaw(folder: Path, files: tuple[tuple[str, int, int], ...]) -> str | None:
    manifest = Manifest.read(folder / FILE)
    flaws = _against(manifest, folder) if manifest else _of_itself(folder)
    return next(flaws, None)


def _against(manifest: Manifest, folder: Path) -> Iterator[str]:
    """Of a downloaded folder. Configuration files may have been edited since."""
    for file in manifest.files:
        yield from _size_flaw(folder / file.path, None if file.path.endswith(".json") else file.size)
    yield from _json_flaw(folder / CONFIG)
    yield from _template_flaw(folder)


def _of_itself(folder: Path) -> Iterator[str]:
    yield from _json_flaw(folder / CONFIG)
    yield from _tokenizer_flaw(folder)
    yield from _template_flaw(folder)
    names = sorted(set(_file_names(json.loads((folder / CONFIG).read_text("utf-8")).get("model"))))
    if not names:
        yield f"{CONFIG} names no model file"
    for name in names:
        yield from _graph_flaw(folder / name)


def _size_flaw(file: Path, size: int | None) -> Iterator[str]:
    if not file.is_file():
        yield f"{file.name} is missing"
    elif size is not None and file.stat().st_size != size:
        yield f"{file.name} has {file.stat().st_size:,} bytes and should have {size:,}"


def _presence_flaw(file: Path) -> Iterator[str]:
    if not file.is_file():
        yield f"{file.name} is missing"
    elif _is_pointer(file):
        yield f"{file.name} is only a pointer of Git LFS: run `git lfs pull` in its folder"


def _json_flaw(file: Path) -> Iterator[str]:
    flaws = list(_presence_flaw(file))
    if not flaws:
        try:
            if not isinstance(json.loads(file.read_text("utf-8")), dict):
                flaws = [f"{file.name} is not a JSON object"]
        except ValueError as exc:
            flaws = [f"{file.name} is not JSON ({exc})"]
    yield from flaws


def _tokenizer_flaw(folder: Path) -> Iterator[str]:
    """Reads it as the model's caller will: the largest of the family takes half a second."""
    from phi_assistant.models.onnx.vocabulary import Vocabulary

    flaws = list(_presence_flaw(folder / _TOKENIZER))
    if not flaws:
        try:
            Vocabulary(folder)
        except ModelUnavailable as exc:
            flaws = [f"{_TOKENIZER} is no tokenizer ({exc.__cause__})"]
    yield from flaws


def _template_flaw(folder: Path) -> Iterator[str]:
    """Asks a question through it: without a template, or with a broken one, no prompt can be made."""
    from phi_assistant.models.onnx.template import ChatTemplate

    flaws = list(_json_flaw(folder / _TOKENIZER_CONFIG)) if (folder / _TOKENIZER_CONFIG).exists() else []
    if not flaws:
        try:
            ChatTemplate(folder).render([{"role": "user", "content": "?"}])
        except ModelUnavailable as exc:
            flaws = [f"its chat template is damaged ({exc.__cause__})" if exc.__cause__ else _NO_TEMPLATE]
        except ConfigError as exc:
            flaws = [f"its chat template refuses a plain question ({exc.__cause__})"]
    yield from flaws


def _graph_flaw(file: Path) -> Iterator[str]:
    flaws = list(_presence_flaw(file))
    yield from flaws
    if not flaws and file.stat().st_size < _WEIGHTS_WITHIN:
        yield from _weights_flaw(file)


def _weights_flaw(file: Path) -> Iterator[str]:
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # what onnx raises

    try:
        needed = _external(file)
    except DecodeError:
        yield f"{file.name} is damaged: it is no ONNX graph"
        return
    for name, size in needed.items():
        weights = file.parent / name
        if not weights.is_file():
            yield f"{name}, the weights of {file.name}, is missing"
        elif weights.stat().st_size < size:
            yield f"{name} has {weights.stat().st_size:,} bytes and should have at least {size:,}"


def _external(file: Path) -> dict[str, int]:
    """The files beside a graph that hold its weights, and how long each must be."""
    import onnx
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    needed: dict[str, int] = {}
    for tensor in onnx.load(file, load_external_data=False).graph.initializer:
        if uses_external_data(tensor):
            info = ExternalDataInfo(tensor)
            needed[info.location] = max(needed.get(info.location, 0), (info.offset or 0) + (info.length or 0))
    return needed


def _file_names(part: Any) -> Iterator[str]:
    """Every model file that a configuration names, wherever in it: decoder, vision, embedding, pipeline …"""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "filename" and isinstance(value, str):
                yield value
            else:
                yield from _file_names(value)
    elif isinstance(part, list):
        for each in part:
            yield from _file_names(each)


def _is_pointer(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(_POINTER)) == _POINTER
