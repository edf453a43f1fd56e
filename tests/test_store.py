"""The store: every source there once, whole, in one version, whatever happens to the process or the disk."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import FAKE, entry, found_texts, put, stored_texts

from phi_assistant import ChunkStore, Retriever, open_store
from phi_assistant.embeddings.base import unit
from phi_assistant.errors import (
    ConfigError,
    EmptyStore,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreMismatch,
)
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.store.faults import check_room


def reopened(store: ChunkStore) -> ChunkStore:
    store.close()
    return open_store(store.folder)


def agree(store: ChunkStore) -> bool:
    """Whether the catalogue and both indexes hold the same chunks."""
    return not store.disagreements()


# Replace, search, remove


def test_what_is_stored_is_found_by_its_words_and_by_its_vector(store):
    put(store, entry("a.md", "boiler pump", "xx yy zz"), entry("b.md", "returns"))
    nothing = np.zeros((1, 16), np.float32)
    by_words = store.search(nothing, [["pump"]])
    assert [chunk.text for chunk in store.chunks(by_words.keys).values() if by_words.lexical.any()]
    by_vector = store.search(WordLengthEmbeddings().embed(["qq qq qq"]), [[]])
    best = by_vector.keys[int(by_vector.dense.argmax())]
    assert store.chunks([best])[best].text == "xx yy zz"
    assert by_vector.dense.max() == pytest.approx(1, abs=1e-5)


def test_a_chunk_comes_back_as_it_went_in(store):
    put(store, entry("a.md", "Naïve “text”\r\n ", "日本語\0.", title="Title", headings=["One", "Two"]))
    chunks = store.neighbours("a.md", [0, 1, 2])
    assert chunks == dict(
        enumerate(entry("a.md", "Naïve “text”\r\n ", "日本語\0.", title="Title", headings=["One", "Two"]).chunks)
    )


def test_a_source_stored_again_replaces_the_earlier_one_whole(store):
    put(store, entry("a.md", "old one", "old two", "old three"), entry("b.md", "other"))
    put(store, entry("a.md", "new one"))
    assert stored_texts(store) == {"a.md": ["new one"], "b.md": ["other"]}
    assert found_texts(store, "old one two three new other") == ["new one", "other"]
    assert agree(store)


def test_a_source_that_is_removed_is_found_no_more(store):
    put(store, entry("a.md", "one", "two"), entry("b.md", "three"))
    store.remove(["a.md", "never-there.md"])
    assert stored_texts(store) == {"b.md": ["three"]}
    assert found_texts(store, "one two three") == ["three"]
    assert agree(store)


def test_the_last_source_can_be_removed_and_the_store_filled_again(store):
    put(store, entry("a.md", "one"))
    store.remove(["a.md"])
    assert (store.count(), store.sources(), found_texts(store, "one")) == (0, {}, [])
    put(store, entry("a.md", "one again"))
    assert found_texts(store, "one") == ["one again"]


def test_searching_an_empty_store_finds_nothing(store):
    assert found_texts(store, "anything") == []
    assert Retriever(store, WordLengthEmbeddings()).retrieve("anything") == []


def test_sources_keep_their_title_digest_and_path(store):
    stored = entry("a/b.md", "text", title="A title")
    put(store, stored)
    store.move("a/b.md", Path("/elsewhere/b.md"))
    assert store.sources() == {"a/b.md": (stored.source, Path("/elsewhere/b.md"))}


def test_the_sizes_of_sources_are_chunks_and_pages_that_can_be_turned_to(store):
    pages = entry("paged.pdf", "One.", "Two.", "Three.")
    labels = ("p. 1", "p. 1", "p. 2")
    chunks = tuple(replace(chunk, label=label) for chunk, label in zip(pages.chunks, labels, strict=True))
    headed = entry("headed.md", "Text.")
    under = tuple(replace(chunk, label="Returns", headings=("Shop", "Returns")) for chunk in headed.chunks)
    put(store, replace(pages, chunks=chunks), replace(headed, chunks=under), entry("empty.md"))
    assert store.sizes() == {"paged.pdf": (3, 2), "headed.md": (1, 0), "empty.md": (0, 0)}
    assert store.entry("paged.pdf").chunks == chunks
    assert store.entry("nowhere") is None


def test_what_a_collection_is_begun_with_can_be_settled_before_the_first_source(tmp_path):
    with open_store(tmp_path, embedder=FAKE, language="de", create=True) as begun:
        begun.settle()
    with open_store(tmp_path) as opened:
        assert (opened.embedder, opened.analyzer.language) == (FAKE, "de")


def test_a_source_without_chunks_is_a_source(store):
    put(store, entry("empty.md"), entry("a.md", "one"))
    assert list(store.sources()) == ["a.md", "empty.md"]
    assert agree(store)


def test_what_was_stored_is_there_after_the_store_was_closed(store):
    put(store, entry("a.md", "one", "two"))
    store.set_note("threshold", "0.9")
    with reopened(store) as again:
        assert stored_texts(again) == {"a.md": ["one", "two"]}
        assert found_texts(again, "one") == ["one", "two"]
        assert (again.note("threshold"), again.note("other")) == ("0.9", None)
        assert agree(again)


def test_a_sample_is_spread_over_the_collection(store):
    put(store, *(entry(f"{n}.md", "one", "two") for n in range(10)))
    assert len(store.sample(5)) == 5
    assert len({chunk.source for chunk in store.sample(5)}) == 5
    assert len(store.sample(100)) == 20


def test_a_rare_stem_weighs_more_and_an_unknown_one_most(store):
    put(store, entry("a.md", "pump boiler", "pump", "pump"))
    weights = store.weights(["pump", "boiler", "giraffe"])
    assert weights["pump"] < weights["boiler"] < weights["giraffe"]


def test_more_chunks_than_chroma_takes_at_once(store):
    rows = np.random.default_rng(0).normal(size=(6000, 16)).astype(np.float32)
    long = entry("long.md", *(f"chunk {n}" for n in range(6000)))
    store.replace([long], unit(rows))
    assert agree(store)
    assert store.count() == 6000
    found = store.search(unit(rows)[[5999]], [["5999"]])
    assert store.chunks([found.keys[int(found.dense.argmax())]]).popitem()[1].text == "chunk 5999"
    put(store, entry("long.md", "short now"))  # 6,000 are dropped at once
    assert (store.count(), agree(store)) == (1, True)


def test_a_failed_replacement_keeps_the_earlier_version(store):
    put(store, entry("a.md", "old one", "old two"))
    with pytest.raises(StoreError, match="phi-assistant ingest --rebuild"):
        store.replace([entry("a.md", "new")], np.ones((1, 3), np.float32))  # of another length
    assert stored_texts(store) == {"a.md": ["old one", "old two"]}
    assert found_texts(store, "old one two new") == ["old one", "old two"]
    put(store, entry("b.md", "next"))
    assert agree(store)


def test_threads_search_while_another_replaces(store):
    def version(number: int) -> list[str]:
        return [f"version {number} part {part}" for part in range(5)]

    put(store, entry("steady.md", "steady part"), entry("a.md", *version(0)))
    written = False

    def search_all_along() -> int:
        searches = 0
        while not written:
            texts = [text for text in found_texts(store, "steady version part") if text != "steady part"]
            assert texts in ([], version(number_of(texts))), texts
            searches += 1
        return searches

    with ThreadPoolExecutor(3) as threads:
        searchers = [threads.submit(search_all_along) for _ in range(3)]
        for number in range(1, 13):
            put(store, entry("a.md", *version(number)))
        written = True
        assert all(searcher.result() > 0 for searcher in searchers)
    assert stored_texts(store) == {"a.md": version(12), "steady.md": ["steady part"]}
    assert agree(store)


def number_of(texts: list[str]) -> int:
    return int(re.findall(r"\d+", texts[0])[0]) if texts else -1


# Who may open it


def test_a_store_that_is_not_there_says_how_to_fill_one(tmp_path):
    with pytest.raises(EmptyStore, match="phi-assistant ingest FOLDER"):
        open_store(tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("wanted", [{"embedder": "onnx:other"}, {"language": "de"}])
def test_another_embedder_or_language_is_refused_with_the_command_that_repairs_it(store, wanted):
    put(store, entry("a.md", "one"), entry("b/c.md", "one"))
    store.close()
    [(name, value)] = wanted.items()
    repair = f"`phi-assistant reindex --collection store --{name} {value}`"
    with pytest.raises(StoreMismatch, match=repair):
        open_store(store.folder, **wanted)
    with open_store(store.folder) as opened:  # and the refusal gave it up again
        assert (opened.embedder, opened.analyzer.language) == (FAKE, "en")


def test_a_store_of_a_newer_version_is_refused(store):
    put(store, entry("a.md", "one"))
    store.set_note("schema", "99")
    store.close()
    with pytest.raises(StoreMismatch, match=r"format 99.*pip install --upgrade"):
        open_store(store.folder)


def test_a_language_that_nobody_knows_leaves_no_trace(tmp_path):
    with pytest.raises(ConfigError, match="no stemmer"):
        open_store(tmp_path, language="xx", create=True)
    with open_store(tmp_path, create=True) as opened:
        assert opened.analyzer.language == "en"


def test_a_catalogue_that_is_damaged_is_one_clear_error(store):
    put(store, entry("a.md", "one"))
    store.close()
    (store.folder / "1" / "catalogue.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="cannot be read or written"):
        open_store(store.folder)


def test_a_store_cannot_be_opened_twice(store):
    with pytest.raises(StoreBusy, match=f"process {os.getpid()}"):
        open_store(store.folder, create=True, wait=0)


HOLD = """
import sys
from pathlib import Path
from phi_assistant import open_store
with open_store(Path(sys.argv[2])):
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def child(tmp_path: Path, code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs this code and has said its first line; killed at the end."""
    script = tmp_path / "holder.py"
    script.write_text(code, "utf-8")
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, str(script), *arguments], stdin=pipe, stdout=pipe, text=True)
    with process:
        try:
            assert process.stdout
            process.stdout.readline()
            yield process
        finally:
            process.kill()


@pytest.fixture
def filled(store: ChunkStore) -> Path:
    """The folder of a store with one source, closed."""
    put(store, entry("a.md", "one"))
    store.close()
    return store.folder


def test_a_second_process_is_told_who_holds_the_store(filled, tmp_path):
    with (
        child(tmp_path, HOLD, "serve", str(filled)) as holder,
        pytest.raises(StoreBusy, match=rf"`holder\.py serve` \(process {holder.pid}\)"),
    ):
        open_store(filled, wait=0)


def test_a_second_process_waits_until_the_first_one_ends(filled, tmp_path):
    with child(tmp_path, HOLD, "serve", str(filled)) as holder, ThreadPoolExecutor(1) as thread:
        opening = thread.submit(open_store, filled, wait=30)
        time.sleep(0.2)
        assert not opening.done()
        assert holder.stdin
        holder.stdin.close()
        opening.result().close()


def test_the_lock_of_a_killed_process_does_not_block(filled, tmp_path):
    with child(tmp_path, HOLD, "serve", str(filled)) as holder:
        holder.kill()
        holder.wait()
        with open_store(filled, wait=0) as opened:
            assert stored_texts(opened) == {"a.md": ["one"]}


# Killed at any moment

REPLACE = """
import sys
from itertools import count
from pathlib import Path
from samples import entry, put
from phi_assistant import open_store
with open_store(Path(sys.argv[1])) as store:
    store.disagreements()  # opens Chroma, so that from here on it only replaces
    print("open", flush=True)
    for version in count(int(sys.argv[2])):
        size = 1 + version * 7 % 40
        put(store, *(entry(id_, *(f"{id_} version {version} part {n} of {size}" for n in range(size)))
                     for id_ in ("b.md", "c.md")))
        store.remove(["b.md"] if version % 5 == 0 else [])
"""


def test_a_process_killed_while_it_replaces_leaves_every_source_whole(filled, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    moments, interrupted = random.Random(4), 0
    for kill in range(8):
        with child(tmp_path, REPLACE, str(filled), str(kill * 1000)) as process:
            time.sleep(moments.uniform(0.02, 0.4))
            process.kill()
            process.wait()
        with open_store(filled) as opened:
            texts = stored_texts(opened)
            interrupted += opened.disagreements() > 0
            assert texts["a.md"] == ["one"]
            assert all(is_whole(texts[id_]) for id_ in texts if id_ != "a.md"), texts
            put(opened, entry("a.md", "one"))  # the next replacement sweeps up what was left
            assert agree(opened)
            found = found_texts(opened, "version part")
            assert set(found) <= {text for part in stored_texts(opened).values() for text in part}
    assert interrupted  # or the moments were badly chosen


def is_whole(texts: list[str]) -> bool:
    versions = {re.sub(r"part \d+", "", text) for text in texts}
    return len(versions) == 1 and texts[0].endswith(f"part 0 of {len(texts)}")


# A full disk

FILL = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from samples import entry
from phi_assistant import open_store
from phi_assistant.errors import StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder, chunks, letters = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with open_store(folder) as store:
    store.disagreements()
    largest = max(file.stat().st_size for file in folder.rglob("*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 100_000, resource.RLIM_INFINITY))
    try:
        store.replace([entry("a.md", *(f"{n} " + "x" * letters for n in range(chunks)))],
                      np.ones((chunks, 16), np.float32))
    except StoreError as exc:
        print(type(exc).__name__, exc)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize(("chunks", "letters"), [(40, 50_000), (3000, 1)], ids=["in the catalogue", "in Chroma"])
def test_a_full_disk_is_one_clear_error_and_loses_nothing(filled, monkeypatch, chunks, letters):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(filled), str(chunks), str(letters)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"Store\w+ The (disk that holds|documents in) .+ `.*`", done.stdout), done.stdout
    with open_store(filled) as opened:
        assert stored_texts(opened) == {"a.md": ["one"]}
        assert found_texts(opened, "one") == ["one"]
        put(opened, entry("b.md", "two"))
        assert agree(opened)


def test_a_write_that_the_disk_has_no_room_for_is_refused_before_it_begins(tmp_path):
    check_room(tmp_path, size=1000)
    with pytest.raises(StoreFull, match="what was stored is whole"):
        check_room(tmp_path, size=shutil.disk_usage(tmp_path).free)
