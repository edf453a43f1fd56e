"""The ONNX graph of a model, as the builder of ONNX Runtime GenAI makes those of Phi-3: in fp32, without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tiny_phi.weights import Layer, Weights

_MICROSOFT = "com.microsoft"
_EPSILON = 1e-5


def save(weights: Weights, folder: Path) -> None:
    """Writes model.onnx and model.onnx.data."""
    graph = _Graph(weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(graph.made(), opset_imports=opsets, ir_version=8)
    onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="model.onnx.data", size_threshold=256)


class _Graph:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._stored: dict[int, onnx.TensorProto] = {}
        self._kept: list[object] = []

    def made(self) -> onnx.GraphProto:
        self._lengths()
        self._angles()
        inputs, outputs = self._values()
        weights, ones = self._weights, np.ones(self._weights.hidden, np.float32)
        self._node("Gather", [self._put("embed", weights.embed), "input_ids"], ["x"])
        first = ["x", self._put("norm", ones)]
        self._node("SimplifiedLayerNormalization", first, ["n"], axis=-1, epsilon=_EPSILON, stash_type=1)
        residual, normed = "x", "n"
        for number, layer in enumerate(weights.layers):
            residual, normed = self._block(number, layer, residual, normed, ones)
        self._node("MatMul", [normed, self._put("head", weights.head)], ["logits"])
        return helper.make_graph(self._nodes, "phi3", inputs, outputs, list(self._stored.values()))

    def _block(
        self, number: int, layer: Layer, residual: str, normed: str, ones: NDArray[np.float32]
    ) -> tuple[str, str]:
        at, weights = f"layer{number}.", self._weights
        past = [f"past_key_values.{number}.key", f"past_key_values.{number}.value"]
        present = [f"present.{number}.key", f"present.{number}.value"]
        qkv = self._linear(normed, at + "qkv", layer.qkv)
        self._node(
            "GroupQueryAttention",
            [qkv, "", "", *past, "seqlens_k", "total32", "cos", "sin"],
            [at + "attention", *present],
            _MICROSOFT,
            num_heads=weights.heads,
            kv_num_heads=weights.kv_heads,
            do_rotary=1,
            rotary_interleaved=0,
            local_window_size=-1,
        )
        out = self._linear(at + "attention", at + "out", layer.out)
        residual, normed = self._add(residual, out, at + "1", ones)
        gate, up = self._linear(normed, at + "gate", layer.gate), self._linear(normed, at + "up", layer.up)
        self._node("Sigmoid", [gate], [at + "sigmoid"])
        self._node("Mul", [gate, at + "sigmoid"], [at + "silu"])
        self._node("Mul", [at + "silu", up], [at + "gated"])
        return self._add(residual, self._linear(at + "gated", at + "down", layer.down), at + "2", ones)

    def _add(self, residual: str, new: str, name: str, ones: NDArray[np.float32]) -> tuple[str, str]:
        """The sum, and the sum normalised."""
        inputs, outputs = [residual, new, self._put("norm", ones)], [name + ".normed", "", "", name + ".sum"]
        self._node("SkipSimplifiedLayerNormalization", inputs, outputs, _MICROSOFT, epsilon=_EPSILON)
        return name + ".sum", name + ".normed"

    def _lengths(self) -> None:
        """Of what was read and what is being read, from the attention mask."""
        one, axis = np.array([1], np.int64), np.array(1, np.int64)
        self._node("ReduceSum", ["attention_mask", self._put("one", one)], ["sum"], keepdims=0)
        self._node("Sub", ["sum", self._put("axis", axis)], ["last"])
        self._node("Cast", ["last"], ["seqlens_k"], to=TensorProto.INT32)
        self._node("Shape", ["attention_mask"], ["shape"])
        self._node("Gather", ["shape", "axis"], ["total"], axis=0)
        self._node("Cast", ["total"], ["total32"], to=TensorProto.INT32)

    def _angles(self) -> None:
        """How positions turn keys: with LongRoPE, as the length of the whole says, so that it changes on the way."""
        rope, size = self._weights.rope, self._weights.size
        short = rope.angles(size, beyond=False)
        if not rope.long:
            self._put("cos", short[0])
            self._put("sin", short[1])
            return
        long = rope.angles(size, beyond=True)
        self._node("Greater", ["total", self._put("original", np.array(rope.original, np.int64))], ["is_long"])
        branches = {
            "then_branch": self._branch("long", long),
            "else_branch": self._branch("short", short),
        }
        self._node("If", ["is_long"], ["cos", "sin"], **branches)

    def _branch(self, name: str, angles: tuple[NDArray[np.float32], NDArray[np.float32]]) -> onnx.GraphProto:
        names = [self._put(f"{name}.{kind}", table) for kind, table in zip(("cos", "sin"), angles, strict=True)]
        nodes = [helper.make_node("Identity", [each], [each + ".out"], name=each + ".out") for each in names]
        shape = list(angles[0].shape)
        outputs = [helper.make_tensor_value_info(each + ".out", TensorProto.FLOAT, shape) for each in names]
        return helper.make_graph(nodes, name, [], outputs)

    def _values(self) -> tuple[list[onnx.ValueInfoProto], list[onnx.ValueInfoProto]]:
        weights, value = self._weights, helper.make_tensor_value_info
        inputs = [
            value("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"]),
            value("attention_mask", TensorProto.INT64, ["batch_size", "total_sequence_length"]),
        ]
        outputs = [value("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", weights.vocabulary])]
        for number in range(len(weights.layers)):
            for kind in ("key", "value"):
                past = ["batch_size", weights.kv_heads, "past_sequence_length", weights.size]
                present = ["batch_size", weights.kv_heads, "total_sequence_length", weights.size]
                inputs.append(value(f"past_key_values.{number}.{kind}", TensorProto.FLOAT, past))
                outputs.append(value(f"present.{number}.{kind}", TensorProto.FLOAT, present))
        return inputs, outputs

    def _linear(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        self._node("MatMul", [x, self._put(name + ".weight", matrix)], [name])
        return name

    def _put(self, name: str, array: NDArray[Any]) -> str:
        """Stores an array once, however often it is used; returns the name that it has."""
        if id(array) not in self._stored:
            self._kept.append(array)  # an id is one's own only while one lives
            self._stored[id(array)] = numpy_helper.from_array(array, name)
        return str(self._stored[id(array)].name)

    def _node(self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], domain=domain, **attributes))
