"""A model folder as users have one: in a copy of its repository, and damaged in the ways that happen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import onnx
from onnx.external_data_helper import convert_model_to_external_data
from tiny_phi import TinyModels


def copy_of_repository(tiny: TinyModels, place: Path) -> Path:
    """A repository of the Hub, copied: the model is somewhere in it, its weights in a file beside the graph."""
    folder = place / "Phi-4-mini-instruct-onnx" / "cpu_and_mobile" / "cpu-int4"
    shutil.copytree(tiny.folder("answer"), folder)
    graph = onnx.load(folder / "model.onnx")
    for file in folder.glob("model.onnx*"):
        file.unlink()
    convert_model_to_external_data(graph, location="model.onnx.data", size_threshold=0)
    onnx.save(graph, folder / "model.onnx")
    return folder


def spoil(folder: Path, how: str) -> None:
    weights = folder / "model.onnx.data"
    match how:
        case "weights gone":
            weights.unlink()
        case "weights cut":
            weights.write_bytes(weights.read_bytes()[:-1000])
        case "weights a pointer":
            weights.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 1\n")
        case "graph a pointer":
            (folder / "model.onnx").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
        case "graph cut":
            (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:-7])
        case "graph gone":
            (folder / "model.onnx").unlink()
        case "tokenizer gone":
            (folder / "tokenizer.json").unlink()
        case "configuration no JSON":
            (folder / "genai_config.json").write_text('{"model": ', "utf-8")
        case "configuration a list":
            (folder / "genai_config.json").write_text("[]", "utf-8")
        case "configuration names nothing":
            (folder / "genai_config.json").write_text('{"model": {}}', "utf-8")
        case "tokenizer is none":
            (folder / "tokenizer.json").write_text('{"model": {}}', "utf-8")
        case "template gone":
            _set_template(folder, None)
        case "template broken":
            _set_template(folder, "{% for message in messages %}")
        case "template refuses":
            _set_template(folder, "{{ raise_exception('system first') }}")
        case "settings no JSON":
            (folder / "tokenizer_config.json").write_text("{", "utf-8")


def _set_template(folder: Path, template: str | None) -> None:
    file = folder / "tokenizer_config.json"
    settings = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**settings, "chat_template": template}), "utf-8")
