"""The open collections: one opening for all sessions, beside an ingestion in another process, and anew when indexed."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from chroma_server import ChromaServer
from samples import entry, put

from phi_assistant import open_store
from phi_assistant.errors import EmptyStore, StoreAway
from phi_assistant.reindex import reindex
from phi_assistant.settings import Settings
from ui.stores import Stores


@pytest.fixture
def settings(tmp_path, models):
    return Settings.load(data=tmp_path / "data", models=models, collection="manuals")


@pytest.fixture
def stores(settings):
    opened = Stores(settings)
    yield opened
    opened.close()


@pytest.fixture
def begun(settings, embedder):
    """A collection with one source, closed."""
    with open_store(settings.collection_folder, create=True) as store:
        put(store, entry("a.md", "one"), embedder=embedder)
    return settings.collection_folder


def test_where_nothing_was_begun_it_is_said_and_nothing_is_made(stores, settings):
    assert stores.names() == []
    for ask in (stores.retriever, stores.store):
        with pytest.raises(EmptyStore):
            ask("manuals")
    assert not (settings.data / "collections").exists()


def test_a_collection_may_be_begun_and_is_empty_until_something_is_added(stores, embedder):
    store = stores.store("manuals", create=True)
    assert (store.count(), stores.names()) == (0, ["manuals"])
    with pytest.raises(EmptyStore):
        stores.retriever("manuals")
    put(store, entry("a.md", "one"), embedder=embedder)
    assert stores.retriever("manuals").store is store


def test_sessions_that_come_at_once_share_one_opening(stores, begun):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: stores.retriever("manuals"), range(16)))
    assert len({id(each) for each in found}) == 1


@pytest.mark.slow
def test_a_program_beside_it_writes_and_what_it_wrote_is_found(stores, begun, settings, tmp_path):
    retriever = stores.retriever("manuals")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "b.txt").write_text("Parrots eat seeds.")
    flags = ["--data", str(settings.data), "--collection", "manuals"]
    done = subprocess.run(
        [sys.executable, "-m", "ingest", str(tmp_path / "docs"), *flags],
        capture_output=True,
        text=True,
        env={**os.environ, "PHI_ASSISTANT_MODELS": str(settings.models_folder)},
    )
    assert done.returncode == 0, done.stderr
    assert set(retriever.store.sources()) == {"a.md", "b.txt"}
    assert not retriever.store.disagreements()
    assert "b.txt" in {hit.chunk.source for hit in retriever.search(retriever.ask("What do parrots eat?"), k=2)}


@pytest.mark.slow
def test_what_was_indexed_anew_is_opened_anew_beside_the_earlier_one(stores, begun, embedder):
    before = stores.retriever("manuals")
    reindex(begun, lambda spec: embedder)
    after = stores.retriever("manuals")
    assert after is not before
    assert after.store.count() == before.store.count() == 1
    put(after.store, entry("b.md", "two"), embedder=embedder)
    assert stores.retriever("manuals").store.count() == 2


@pytest.mark.slow
def test_a_collection_whose_server_was_killed_or_was_anothers_is_opened_again(stores, begun, settings):
    others = Stores(settings)
    others.store("manuals")
    retriever = stores.retriever("manuals")
    others.close()
    again = stores.retriever("manuals")
    assert again is not retriever
    assert [hit.chunk.source for hit in again.search(again.ask("one"), k=1)] == ["a.md"]


@pytest.mark.slow
def test_what_is_closed_can_be_had_by_others_and_opened_again(stores, begun):
    stores.store("manuals")
    stores.forget("manuals")
    with open_store(begun, wait=10) as store:
        assert store.count() == 1
    assert stores.store("manuals").count() == 1


@pytest.mark.slow
def test_two_front_ends_on_one_chroma_server_show_the_same(settings, embedder, tmp_path):
    server = ChromaServer(tmp_path / "chroma")
    left, right = (Stores(settings.model_copy(update={"chroma": server.url})) for _ in range(2))
    try:
        put(left.store("manuals", create=True), entry("a.md", "one"), embedder=embedder)
        found = right.retriever("manuals")
        assert [hit.chunk.source for hit in found.search(found.ask("one"), k=1)] == ["a.md"]
        left.delete("manuals")
        assert right.names() == []
        with pytest.raises(EmptyStore):
            right.retriever("manuals")
        put(right.store("manuals", create=True), entry("b.md", "two"), embedder=embedder)
        assert set(left.retriever("manuals").store.sources()) == {"b.md"}
        assert server.collections() == 1
    finally:
        left.close()
        right.close()
        server.kill()


@pytest.mark.slow
def test_a_server_that_was_away_for_several_questions_is_used_again(settings, embedder, tmp_path):
    server = ChromaServer(tmp_path / "chroma")
    stores = Stores(settings.model_copy(update={"chroma": server.url, "wait": 0.0}))
    try:
        put(stores.store("manuals", create=True), entry("a.md", "one"), embedder=embedder)
        server.kill()
        for _ in range(3):
            with pytest.raises(StoreAway):
                stores.retriever("manuals")
        server.start()
        found = stores.retriever("manuals")
        assert [hit.chunk.source for hit in found.search(found.ask("one"), k=1)] == ["a.md"]
    finally:
        stores.close()
        server.kill()
