"""Several processes on one collection: through its owner's server, one writing after the other, all reading."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest
from samples import FAKE, entry, found_texts, put, stored_texts

from phi_assistant import ChunkStore, open_store
from phi_assistant.embeddings.base import unit
from phi_assistant.errors import StoreBusy, StoreMoved
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.reindex import reindex
from phi_assistant.store import serving
from phi_assistant.store.generations import current
from phi_assistant.store.lock import Lock, Owner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection with one source, closed."""
    with open_store(tmp_path / "store", embedder=FAKE, create=True) as store:
        put(store, entry("a.md", "one"))
    return tmp_path / "store"


@pytest.fixture
def served(folder: Path) -> Iterator[Path]:
    """The same, while this process serves it."""
    with serving(folder):
        yield folder


def owner_of(folder: Path) -> Owner:
    generation = current(folder)
    assert generation
    owner = Lock(generation).owner()
    assert owner
    return owner


def agree(store: ChunkStore) -> bool:
    return not store.disagreements()


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A process that runs this code, with the samples at hand."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_collection_that_is_served_can_be_opened_many_times(served):
    with open_store(served, wait=0) as one, open_store(served, wait=0) as two:
        put(one, entry("b.md", "two words"))
        assert found_texts(two, "two words") == ["one", "two words"]
        put(two, entry("b.md", "three words now"))
        assert found_texts(one, "two three words now") == ["one", "three words now"]
        two.remove(["a.md"])
        assert stored_texts(one) == {"b.md": ["three words now"]}
        assert (agree(one), agree(two)) == (True, True)


def test_what_was_stored_through_the_server_is_there_without_it(folder):
    with serving(folder), open_store(folder) as store:
        put(store, entry("b.md", "two"))
    with open_store(folder, wait=0) as store:
        assert store.count() == 2
        assert agree(store)


def test_a_collection_can_be_begun_through_the_server(tmp_path):
    with serving(tmp_path), open_store(tmp_path, embedder=FAKE, create=True) as store:
        put(store, entry("a.md", "one"))
        assert found_texts(store, "one") == ["one"]


def test_only_one_process_serves_and_the_others_are_its_guests(served):
    with serving(served, wait=0) as own:
        assert not own
    with open_store(served) as store:  # the first one still does
        assert found_texts(store, "one") == ["one"]


def test_a_collection_that_is_open_elsewhere_is_not_served(folder):
    with open_store(folder), pytest.raises(StoreBusy, match=f"process {os.getpid()}"), serving(folder, wait=0):
        pass


WRITE = """
import sys
from pathlib import Path
import numpy as np
from samples import entry
from phi_assistant import open_store
from phi_assistant.embeddings.base import unit
folder, name, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rows = unit(np.random.default_rng(seed).normal(size=(4000, 16)).astype(np.float32))
with open_store(folder) as store:
    for part in range(20):
        chunks = range(200 * part, 200 * (part + 1))
        store.replace([entry(f"{name}-{part}.md", *(f"{name} {n}" for n in chunks))], rows[chunks])
"""


@pytest.mark.slow
def test_two_processes_writing_at_once_lose_nothing(folder):
    with serving(folder):
        writers = [run(WRITE, str(folder), name, str(seed)) for seed, name in enumerate(("left", "right"))]
        with open_store(folder) as store:  # and a third reads all along
            while any(writer.poll() is None for writer in writers):
                assert "one" in found_texts(store, "one")
        assert [writer.wait() for writer in writers] == [0, 0]
    with open_store(folder, wait=0) as store:
        assert store.count() == 8001
        assert agree(store)
        texts = stored_texts(store)
        assert {text for name in texts for text in texts[name]} == {
            "one",
            *(f"{name} {n}" for name in ("left", "right") for n in range(4000)),
        }
        rows = unit(np.random.default_rng(1).normal(size=(4000, 16)).astype(np.float32))
        found = store.search(rows[[3999]], [[]])
        assert store.chunks([found.keys[int(found.dense.argmax())]]).popitem()[1].text == "right 3999"


def test_a_writer_killed_half_way_leaves_nothing_that_another_does_not_sweep(served):
    with open_store(served) as store:
        for pause in (0.6, 0.9, 1.2):
            writer = run(WRITE, str(served), "left", "0")
            time.sleep(pause)
            writer.kill()
            writer.wait()
            put(store, entry("a.md", "one"))
            assert agree(store)
            assert all(len(texts) in (1, 200) for texts in stored_texts(store).values())


# The owner ends


SERVE = """
import sys
from pathlib import Path
from phi_assistant.store import serving
with serving(Path(sys.argv[1])):
    print("serving", flush=True)
    sys.stdin.read()
"""


def test_the_server_ends_with_its_owner_however_that_ends(folder):
    owner = run(SERVE, str(folder))
    assert owner.stdout
    owner.stdout.readline()
    server = psutil.Process(owner_of(folder).pid)
    assert server.pid != owner.pid
    owner.kill()
    owner.wait()
    server.wait(timeout=10)
    with open_store(folder, wait=0) as store:  # since nobody has the folder open any more
        assert owner_of(folder).pid == os.getpid()
        assert found_texts(store, "one") == ["one"]


def test_a_guest_whose_owner_ended_says_so(folder):
    with serving(folder):
        store = open_store(folder)
        assert found_texts(store, "one") == ["one"]
    with closing(store), pytest.raises(StoreMoved, match="Run the same command again"):
        found_texts(store, "one")


def test_a_server_that_is_killed_is_started_again_where_it_was(served):
    with open_store(served) as store:
        before = owner_of(served)
        os.kill(before.pid, 9)
        until = time.monotonic() + 20
        while owner_of(served).pid == before.pid and time.monotonic() < until:
            time.sleep(0.05)
        assert owner_of(served).port == before.port
        while True:
            try:
                put(store, entry("b.md", "two"))
                break
            except StoreMoved:  # it is starting
                assert time.monotonic() < until
        assert found_texts(store, "two") == ["one", "two"]


def test_the_note_of_a_dead_server_is_not_believed(folder):
    with serving(folder):
        dead = owner_of(folder)
    generation = current(folder)
    assert generation
    Lock(generation).sign(dead)  # as a kill would leave it
    with open_store(folder, wait=0) as store:
        assert owner_of(folder).port is None
        assert found_texts(store, "one") == ["one"]


# Indexed anew meanwhile


def test_a_collection_indexed_anew_is_served_anew_and_its_guests_open_it_again(served):
    old = open_store(served)
    reindex(served, lambda spec: WordLengthEmbeddings(), language="de")
    with closing(old):
        assert old.is_superseded()
        with pytest.raises(StoreMoved):
            put(old, entry("b.md", "two"))
    with open_store(served, wait=20) as new:
        assert new.analyzer.language == "de"
        put(new, entry("b.md", "two"))
        assert stored_texts(new) == {"a.md": ["one"], "b.md": ["two"]}
