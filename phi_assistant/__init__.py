"""phi-assistant: ask your own documents on your own machine, and get cited answers or a plain refusal.

    >>> from phi_assistant import Assistant, ExtractiveAnswerer, Retriever, open_embedder, open_store

Names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phi_assistant.application import open_assistant as open_assistant
    from phi_assistant.assistant import Assistant as Assistant
    from phi_assistant.embeddings import open_embedder as open_embedder
    from phi_assistant.embeddings.base import Embedder as Embedder
    from phi_assistant.errors import PhiAssistantError as PhiAssistantError
    from phi_assistant.extractive import ExtractiveAnswerer as ExtractiveAnswerer
    from phi_assistant.langchain import PhiRetriever as PhiRetriever
    from phi_assistant.models.ollama.chat import ChatPhiOllama as ChatPhiOllama
    from phi_assistant.models.onnx.chat import ChatPhiOnnx as ChatPhiOnnx
    from phi_assistant.packing import pack as pack
    from phi_assistant.retrieval import Retriever as Retriever
    from phi_assistant.schema import Answer as Answer
    from phi_assistant.schema import Chunk as Chunk
    from phi_assistant.schema import Citation as Citation
    from phi_assistant.schema import Hit as Hit
    from phi_assistant.schema import Turn as Turn
    from phi_assistant.settings import Settings as Settings
    from phi_assistant.store import ChunkStore as ChunkStore
    from phi_assistant.store import open_store as open_store

_HOMES = {
    "open_assistant": "application",
    "Assistant": "assistant",
    "Embedder": "embeddings.base",
    "open_embedder": "embeddings",
    "PhiAssistantError": "errors",
    "ExtractiveAnswerer": "extractive",
    "PhiRetriever": "langchain",
    "ChatPhiOllama": "models.ollama.chat",
    "ChatPhiOnnx": "models.onnx.chat",
    "pack": "packing",
    "Retriever": "retrieval",
    "Answer": "schema",
    "Chunk": "schema",
    "Citation": "schema",
    "Hit": "schema",
    "Turn": "schema",
    "Settings": "settings",
    "ChunkStore": "store",
    "open_store": "store",
}
__all__ = sorted(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
