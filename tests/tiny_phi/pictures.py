"""A model that reads pictures too, as Microsoft publishes Phi-3.5-vision: embedding, vision and decoder are graphs of
their own, and the decoder is fed vectors in place of ids.

Pictures cannot be shown to these: theirs is what a text goes through.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_VALUE = helper.make_tensor_value_info


def with_pictures(folder: Path) -> Path:
    """Makes the folder of a text model into such a one, which says the same to every text; returns it."""
    text = onnx.load(folder / "model.onnx")
    for file in folder.glob("model.onnx*"):
        file.unlink()
    embed = _take_embedding(text.graph)
    _save(text, folder / "text.onnx")
    _save(_embedding(embed), folder / "embedding.onnx")
    _save(_vision(embed.dims[1]), folder / "vision.onnx")
    _configure(folder)
    return folder


def _take_embedding(graph: onnx.GraphProto) -> onnx.TensorProto:
    """The matrix that ids are looked up in, taken out: what was looked up comes from outside."""
    [lookup] = [node for node in graph.node if node.op_type == "Gather" and node.input[1] == "input_ids"]
    [embed] = [each for each in graph.initializer if each.name == lookup.input[0]]
    graph.node.remove(lookup)
    graph.initializer.remove(embed)
    for node in graph.node:
        node.input[:] = ["inputs_embeds" if each == lookup.output[0] else each for each in node.input]
    [ids] = [each for each in graph.input if each.name == "input_ids"]
    ids.CopyFrom(_VALUE("inputs_embeds", TensorProto.FLOAT, ["batch_size", "sequence_length", embed.dims[1]]))
    return embed


def _embedding(embed: onnx.TensorProto) -> onnx.ModelProto:
    """Vectors of ids; of pictures there are none, whose sum is nothing."""
    nodes = [
        helper.make_node("Gather", [embed.name, "input_ids"], ["texts"]),
        helper.make_node("ReduceSum", ["image_features"], ["nothing"], keepdims=0),
        helper.make_node("Add", ["texts", "nothing"], ["inputs_embeds"]),
    ]
    inputs = [
        _VALUE("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"]),
        _VALUE("image_features", TensorProto.FLOAT, ["num_image_tokens", embed.dims[1]]),
    ]
    outputs = [_VALUE("inputs_embeds", TensorProto.FLOAT, ["batch_size", "sequence_length", embed.dims[1]])]
    return _model(helper.make_graph(nodes, "embedding", inputs, outputs, [embed]))


def _vision(hidden: int) -> onnx.ModelProto:
    inputs = [
        _VALUE("pixel_values", TensorProto.FLOAT, ["num_images", "max_num_crops", 3, "height", "width"]),
        _VALUE("image_sizes", TensorProto.INT64, ["num_images", 2]),
    ]
    outputs = [_VALUE("image_features", TensorProto.FLOAT, ["num_image_tokens", hidden])]
    shape = numpy_helper.from_array(np.array([0, hidden], np.int64), "shape")
    nodes = [helper.make_node("ConstantOfShape", ["shape"], ["image_features"])]
    return _model(helper.make_graph(nodes, "vision", inputs, outputs, [shape]))


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _save(model: onnx.ModelProto, file: Path) -> None:
    onnx.save(model, file, save_as_external_data=True, location=f"{file.name}.data", size_threshold=256)


def _configure(folder: Path) -> None:
    file = folder / "genai_config.json"
    config = json.loads(file.read_text("utf-8"))
    decoder = config["model"]["decoder"]
    del decoder["inputs"]["input_ids"]
    decoder["inputs"]["inputs_embeds"] = "inputs_embeds"
    decoder["filename"] = "text.onnx"
    config["model"] |= {
        "type": "phi3v",
        "embedding": {
            "filename": "embedding.onnx",
            "inputs": {"input_ids": "input_ids", "image_features": "image_features"},
            "outputs": {"inputs_embeds": "inputs_embeds"},
        },
        "vision": {
            "filename": "vision.onnx",
            "config_filename": "processor_config.json",
            "inputs": {"pixel_values": "pixel_values", "image_sizes": "image_sizes"},
            "outputs": {"image_features": "image_features"},
        },
    }
    file.write_text(json.dumps(config, indent=2), "utf-8")
