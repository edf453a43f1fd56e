"""The application: settings in, an open retriever or assistant out.

What the command line and the front end have in common. Knows every part and how they fit; does nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from phi_assistant.answering import Answerer
from phi_assistant.assistant import Assistant
from phi_assistant.embeddings import open_embedder
from phi_assistant.errors import EmptyStore
from phi_assistant.extractive import ExtractiveAnswerer
from phi_assistant.finding import Rewrite
from phi_assistant.models.specs import EXTRACTIVE, best_spec, chat_model
from phi_assistant.prompts import Prompter
from phi_assistant.retrieval import Retriever
from phi_assistant.settings import Settings
from phi_assistant.store import ChunkStore, building, holds_documents, open_store, serving

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from phi_assistant.embeddings.base import Embedder


def store_of(settings: Settings, *, create: bool = False) -> ChunkStore:
    """The collection that the settings name. Raises `StoreError`, of which `EmptyStore` is one."""
    return open_store(
        settings.collection_folder,
        embedder=settings.embedder,
        language=settings.language,
        create=create,
        wait=settings.wait,
        chroma=settings.chroma,
    )


@contextmanager
def store_to_fill(settings: Settings, *, rebuild: bool) -> Iterator[ChunkStore]:
    """The collection, to be brought up to date inside the block.

    With `rebuild`, an empty one that takes its place if the block ends well; until then what is stored is in use.
    """
    if not rebuild:
        with store_of(settings, create=True) as store:
            yield store
        return
    with building(
        settings.collection_folder,
        embedder=settings.embedder,
        language=settings.language,
        chroma=settings.chroma,
    ) as successor:
        yield successor.store
        successor.switch()


def embedder_of(store: ChunkStore, settings: Settings) -> Embedder:
    """The embedder that the collection was begun with."""
    return open_embedder(store.embedder, models=settings.models_folder, ollama=settings.ollama_address)


def answerer_of(
    retriever: Retriever,
    settings: Settings,
    *,
    prompter: Prompter | None = None,
    strict: bool = False,
    chat: BaseChatModel | None = None,
) -> Answerer:
    """Who answers: what the model spec names, else the best available. Raises `ConfigError`.

    `prompter` tells a language model what to do; `strict` removes what no passage supports; `chat` is the chat model
    of the spec where it is open already.
    """
    spec = settings.model or best_spec(settings)
    if spec == EXTRACTIVE:
        return ExtractiveAnswerer(retriever.store.analyzer)
    from phi_assistant.generative import ChatAnswerer

    return ChatAnswerer(
        chat or chat_model(spec, settings),
        retriever,
        model=spec,
        passages=settings.context_tokens,
        prompter=prompter,
        strict=strict,
    )


def rewrite_of(answerer: Answerer, settings: Settings) -> Rewrite | None:
    """Who makes follow-ups stand alone: the model that answers, if the settings say so and there is one."""
    if not settings.rewrite or answerer.model == EXTRACTIVE:
        return None
    from phi_assistant.generative import ChatAnswerer
    from phi_assistant.rewriting import Rewriter

    return Rewriter(answerer.chat) if isinstance(answerer, ChatAnswerer) else None


def assistant_on(retriever: Retriever, settings: Settings, *, chat: BaseChatModel | None = None) -> Assistant:
    """An assistant on an open retriever; `chat` is its chat model where that is open already. Raises `ConfigError`."""
    answerer = answerer_of(retriever, settings, chat=chat)
    return Assistant(retriever, answerer, hits=settings.hits, rewrite=rewrite_of(answerer, settings))


@contextmanager
def shared(settings: Settings) -> Iterator[None]:
    """Lets other processes use the collection as well while the block lasts, if there is one. Raises `StoreBusy`.

    With a Chroma server they may anyway.
    """
    if settings.chroma or not holds_documents(settings.collection_folder):
        yield
        return
    with serving(settings.collection_folder, wait=settings.wait):
        yield


@contextmanager
def open_retriever(settings: Settings) -> Iterator[Retriever]:
    """A retriever on the collection, until the end of the block. Raises `EmptyStore` if nothing is in it."""
    with store_of(settings) as store:
        if not store.count():
            raise EmptyStore(
                f"The collection {settings.collection!r} holds no documents, so there is nothing to search. "
                f"Ingest a folder: `phi-assistant ingest FOLDER --collection {settings.collection}`."
            )
        yield Retriever(store, embedder_of(store, settings))


@contextmanager
def open_assistant(settings: Settings) -> Iterator[Assistant]:
    """An assistant on the collection, until the end of the block. Raises as `open_retriever`, and `ConfigError`."""
    with open_retriever(settings) as retriever:
        yield assistant_on(retriever, settings)
