"""The retriever as LangChain sees it: questions in, `Document`s out, for any chain."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from phi_assistant.orders import withheld
from phi_assistant.retrieval import Retriever
from phi_assistant.schema import Hit, Turn


class PhiRetriever(BaseRetriever):
    """A LangChain view of a `Retriever`.

    >>> PhiRetriever(retriever=Retriever(store, embedder), k=5).invoke("How are refunds paid?")

    `k` and `history` may be given with each call as well. The metadata of a document holds source, title,
    label, headings, start, end and score. What addresses whoever answers is left out of its text (see `orders`), for
    most chains and agents give it to a model.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    retriever: Retriever
    k: int = 10

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        history: Sequence[Turn] = (),
    ) -> list[Document]:
        found = [document(hit) for hit in self.retriever.retrieve(query, history, k=k or self.k)]
        return [each.model_copy(update={"page_content": withheld(each.page_content)}) for each in found]


def document(hit: Hit) -> Document:
    """A hit as LangChain's value."""
    chunk = hit.chunk
    metadata = {
        "source": chunk.source,
        "title": chunk.title,
        "label": chunk.label,
        "headings": list(chunk.headings),
        "start": chunk.start,
        "end": chunk.end,
        "score": hit.score,
    }
    return Document(page_content=chunk.text.strip(), metadata=metadata, id=chunk.id)
