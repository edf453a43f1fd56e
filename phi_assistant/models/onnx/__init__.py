"""ChatPhiOnnx and what it stands on: the caller's side here, the inside of the model's process in `worker`.

    messages ──prompt──► ids ──host──► pipe ──► worker: sessions, reading, sampling ──► ids ──reply──► chunks

Names are imported when they are first used: the worker imports this package too, and needs no LangChain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phi_assistant.models.onnx.chat import ChatPhiOnnx as ChatPhiOnnx
    from phi_assistant.models.onnx.wire import Metrics as Metrics
    from phi_assistant.models.onnx.wire import Progress as Progress

__all__ = ["ChatPhiOnnx", "Metrics", "Progress"]


def __getattr__(name: str) -> Any:
    if name == "ChatPhiOnnx":
        from phi_assistant.models.onnx.chat import ChatPhiOnnx

        return ChatPhiOnnx
    if name in __all__:
        from phi_assistant.models.onnx import wire

        return getattr(wire, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
