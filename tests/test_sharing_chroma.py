"""Collections whose vectors a Chroma server keeps: many processes at once, and none of them an owner."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from chroma_server import ChromaServer
from samples import FAKE, entry, found_texts, put, stored_texts

from phi_assistant import open_store
from phi_assistant.errors import ConfigError, StoreAway, StoreMismatch, StoreMoved
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.reindex import reindex
from phi_assistant.store import building, delete_collection
from phi_assistant.store.address import Address


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all tests of this file, started again where a test has killed it."""
    running = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield running
    running.kill()


@pytest.fixture
def folder(tmp_path: Path, server) -> Path:
    """A collection with one source, closed."""
    with open_store(tmp_path / "manuals", embedder=FAKE, create=True, chroma=server.url) as store:
        put(store, entry("a.md", "one"))
    return tmp_path / "manuals"


def test_any_number_of_programs_have_it_open_and_see_what_each_writes(folder, server):
    with open_store(folder, wait=0, chroma=server.url) as one, open_store(folder, wait=0, chroma=server.url) as two:
        put(one, entry("b.md", "two words"))
        assert found_texts(two, "two words") == ["one", "two words"]
        two.remove(["a.md"])
        assert stored_texts(one) == {"b.md": ["two words"]}
        assert (one.disagreements(), two.disagreements()) == (0, 0)


WRITE = """
import sys
from pathlib import Path
from samples import entry, put
from phi_assistant import open_store
folder, url, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
with open_store(folder, chroma=url) as store:
    for part in range(15):
        put(store, entry(f"{name}-{part}.md", *(f"{name} {part} {n}" for n in range(20))))
"""


@pytest.mark.slow
def test_two_processes_writing_at_once_lose_nothing(folder, server):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(folder), server.url, name], env=environment)
        for name in ("left", "right")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    with open_store(folder, chroma=server.url) as store:
        assert (store.count(), store.disagreements()) == (601, 0)


def test_two_collections_do_not_see_each_other(folder, server, tmp_path):
    with open_store(tmp_path / "other", embedder=FAKE, create=True, chroma=server.url) as other:
        put(other, entry("z.md", "one"))
        assert stored_texts(other) == {"z.md": ["one"]}
        with open_store(folder, chroma=server.url) as store:
            assert found_texts(store, "one") == ["one"]
            assert store.disagreements() == 0


# The server ends


def test_without_the_server_it_is_said_what_to_start_and_afterwards_all_is_as_it_was(folder, server):
    with open_store(folder, chroma=server.url) as store:
        assert found_texts(store, "one") == ["one"]
        server.kill()
        try:
            assert not store.is_reachable()
            with pytest.raises(StoreAway, match=rf"{server.url}.*docker compose up -d chroma.*chroma run"):
                found_texts(store, "one")
            with pytest.raises(StoreAway, match="cannot be reached"):
                put(store, entry("b.md", "two"))
            with pytest.raises(StoreAway, match="cannot be reached"):
                open_store(folder, wait=0, chroma=server.url)
        finally:
            server.start()
        assert store.is_reachable()
        assert found_texts(store, "one") == ["one"]
        put(store, entry("b.md", "two"))
        assert (stored_texts(store), store.disagreements()) == ({"a.md": ["one"], "b.md": ["two"]}, 0)


# Where the vectors are


def test_vectors_that_are_elsewhere_are_missed_with_a_word(folder, server):
    with pytest.raises(StoreMismatch, match=r"PHI_ASSISTANT_CHROMA.*phi-assistant reindex --collection manuals"):
        open_store(folder)


def test_reindexing_moves_a_collection_to_the_server_and_back(tmp_path, server):
    folder = tmp_path / "manuals"
    with open_store(folder, embedder=FAKE, create=True) as store:
        put(store, entry("a.md", "one"), entry("b.md", "two words"))
    with pytest.raises(StoreMismatch, match="Leave out `PHI_ASSISTANT_CHROMA`"):
        open_store(folder, chroma=server.url)
    for place in (server.url, None):
        reindex(folder, lambda spec: WordLengthEmbeddings(), chroma=place)
        with open_store(folder, chroma=place) as store:
            assert found_texts(store, "two words") == ["one", "two words"]
            assert store.disagreements() == 0


def test_a_collection_indexed_anew_is_opened_anew_and_the_server_keeps_nothing_of_older_ones(folder, server):
    before = server.collections()
    with closing(open_store(folder, chroma=server.url)) as old:
        reindex(folder, lambda spec: WordLengthEmbeddings(), language="de", chroma=server.url)
        assert old.is_superseded()
        assert found_texts(old, "one") == ["one"]  # who was reading there may finish
        with pytest.raises(StoreMoved):
            put(old, entry("b.md", "two"))
    for language in ("en", "fr"):
        reindex(folder, lambda spec: WordLengthEmbeddings(), language=language, chroma=server.url)
    assert server.collections() == before + 1  # the one before the last
    assert sorted(each.name for each in folder.iterdir() if each.name.isdecimal()) == ["3", "4"]


def fails_after(step, *arguments):
    """A building that breaks when it has begun."""
    step(*arguments)
    raise ZeroDivisionError


def test_a_building_that_fails_leaves_nothing_at_the_server(folder, server):
    before = server.collections()
    with pytest.raises(ZeroDivisionError), building(folder, chroma=server.url) as successor:
        fails_after(put, successor.store, entry("b.md", "two"))
    assert server.collections() == before
    with open_store(folder, chroma=server.url) as store:
        assert stored_texts(store) == {"a.md": ["one"]}


# Deleted


def test_a_collection_that_was_deleted_is_gone_from_the_server_and_whoever_has_it_open_sees_it(folder, server):
    before = server.collections()
    with closing(open_store(folder, chroma=server.url)) as old:
        delete_collection(folder, chroma=server.url)
        assert (folder.exists(), server.collections()) == (False, before - 1)
        with open_store(folder, embedder=FAKE, create=True, chroma=server.url) as new:
            put(new, entry("c.md", "three"))
            assert old.is_superseded()
            assert not new.is_superseded()
            with pytest.raises(StoreMoved):
                put(old, entry("b.md", "two"))
            assert stored_texts(new) == {"c.md": ["three"]}


def test_a_collection_is_not_half_deleted_where_the_server_is_away(folder, server):
    server.kill()
    try:
        with pytest.raises(StoreAway, match="cannot be reached"):
            delete_collection(folder, chroma=server.url)
    finally:
        server.start()
    with open_store(folder, chroma=server.url) as store:
        assert found_texts(store, "one") == ["one"]


# Addresses


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("chroma", "http://chroma:8000"),
        ("http://chroma:8001/", "http://chroma:8001"),
        ("https://vectors.school.example", "https://vectors.school.example:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_understood_as_people_write_it(given, meant):
    assert str(Address.parsed(given)) == meant


@pytest.mark.parametrize("given", ["http://", "ftp://chroma", "http://chroma:port", "http://a:b@chroma", "chroma/x"])
def test_an_address_that_is_none_is_refused_before_anything_is_opened(given, tmp_path):
    with pytest.raises(ConfigError, match="http://HOST:PORT"):
        open_store(tmp_path, create=True, chroma=given)
    assert not list(tmp_path.iterdir())
