"""Indexing anew: the earlier index answers until the new one is whole, and nothing is lost on the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from samples import FAKE, entry, found_texts, put, stored_texts

from phi_assistant import open_store
from phi_assistant.embeddings.base import Vectors
from phi_assistant.errors import EmptyStore, LoadError, StoreBusy, StoreError, StoreMismatch
from phi_assistant.evidence import threshold_of
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.reindex import reindex
from phi_assistant.store import building
from phi_assistant.store.generations import current

TEXTS = {f"{number}.md": [f"page {number} part {part}" for part in range(100)] for number in range(12)}


class Reversed(WordLengthEmbeddings):
    """Another embedder: the numbers of a vector the other way round."""

    spec = "fake:reversed"

    def embed(self, texts: Iterable[str]) -> Vectors:
        return super().embed(texts)[:, ::-1].copy()


class Failing(Reversed):
    """Ends in the middle of the work."""

    left = 1

    def embed(self, texts: Iterable[str]) -> Vectors:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().embed(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection of 1,200 chunks, closed."""
    with open_store(tmp_path / "store", embedder=FAKE, create=True) as store:
        for id_, texts in TEXTS.items():
            put(store, replace(entry(id_, *texts), problems=(("p. 2", "is blank."),)))
    return tmp_path / "store"


def test_an_emptied_collection_has_nothing_to_index(folder):
    with open_store(folder) as store:
        store.remove(TEXTS)
    used = current(folder)
    with pytest.raises(EmptyStore, match="`phi-assistant ingest FOLDER --collection "):
        reindex(folder, lambda spec: Reversed(), embedder=Reversed.spec)
    assert current(folder) == used


def test_everything_stored_is_there_under_another_embedder_and_language(folder):
    done = reindex(folder, lambda spec: Reversed(), embedder=Reversed.spec, language="de")
    assert (done.sources, done.chunks, done.embedder, done.language) == (12, 1200, Reversed.spec, "de")
    with open_store(folder, embedder=Reversed.spec, language="de") as store:
        assert stored_texts(store) == TEXTS
        assert not store.disagreements()
        assert store.problems()["3.md"] == (("p. 2", "is blank."),)
        assert store.sources()["3.md"] == (entry("3.md", *TEXTS["3.md"]).source, Path("/documents/3.md"))
        assert "page 3 part 7" in found_texts(store, "page 3 part 7", Reversed())
        assert threshold_of(store).chunks == 1200
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["2"]  # the earlier one is gone


def test_without_a_wish_everything_stays_as_it_was(folder):
    done = reindex(folder, lambda spec: WordLengthEmbeddings())
    assert (done.embedder, done.language) == (FAKE, "en")


def test_interrupted_the_earlier_index_answers_and_the_next_run_goes_on(folder):
    with pytest.raises(KeyboardInterrupt):
        reindex(folder, lambda spec: Failing(), embedder=Reversed.spec)
    with open_store(folder, embedder=FAKE) as store:
        assert stored_texts(store) == TEXTS
    told: list[tuple[int, int]] = []
    reindex(
        folder, lambda spec: Reversed(), embedder=Reversed.spec, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(12, 12)]  # the first six were there
    with open_store(folder, embedder=Reversed.spec) as store:
        assert stored_texts(store) == TEXTS
        assert not store.disagreements()


def test_half_built_with_another_embedder_it_begins_again(folder):
    with pytest.raises(KeyboardInterrupt):
        reindex(folder, lambda spec: Failing(), embedder=Reversed.spec)
    reindex(folder, lambda spec: WordLengthEmbeddings(), language="de")
    with open_store(folder, embedder=FAKE, language="de") as store:
        assert stored_texts(store) == TEXTS


def test_the_earlier_index_can_be_used_and_changed_all_along(folder):
    with open_store(folder) as old:

        def change(done: int, total: int) -> None:
            if done == total:
                assert found_texts(old, "page 3 part 7")
                put(old, entry("new.md", "stored meanwhile"), entry("3.md", "edited meanwhile"))
                old.remove(["4.md"])

        reindex(folder, lambda spec: Reversed(), embedder=Reversed.spec, progress=change)
        assert old.is_superseded()
        assert stored_texts(old)["3.md"] == ["edited meanwhile"]  # it can be read until it is closed
    with open_store(folder, embedder=Reversed.spec) as store:
        expected = {id_: texts for id_, texts in TEXTS.items() if id_ != "4.md"}
        assert stored_texts(store) == expected | {"3.md": ["edited meanwhile"], "new.md": ["stored meanwhile"]}
        assert not store.disagreements()
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["2"]  # once it was


def test_two_at_once_are_refused(folder):
    with building(folder, resume=True), pytest.raises(StoreBusy, match="being indexed anew"):
        reindex(folder, lambda spec: WordLengthEmbeddings())


def test_there_must_be_something_to_index(tmp_path):
    with pytest.raises(EmptyStore, match="phi-assistant ingest FOLDER"):
        reindex(tmp_path, lambda spec: WordLengthEmbeddings())


def test_what_an_older_version_has_stored_is_refused_until_it_is_indexed_anew(folder):
    with open_store(folder) as store:
        store.set_note("schema", "1")
    with pytest.raises(StoreMismatch, match="phi-assistant reindex"):
        open_store(folder)
    reindex(folder, lambda spec: WordLengthEmbeddings())
    with open_store(folder) as store:
        assert stored_texts(store) == TEXTS


# From the files


def test_a_rebuild_that_fails_keeps_what_was_stored(folder):
    def rebuild() -> None:
        with building(folder) as successor:
            put(successor.store, entry("new.md", "new"))
            raise LoadError("is damaged")

    with pytest.raises(LoadError):
        rebuild()
    with open_store(folder) as store:
        assert stored_texts(store) == TEXTS
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["1"]


def test_a_rebuild_keeps_embedder_and_language_unless_told(folder):
    with building(folder, language="de") as successor:
        put(successor.store, entry("new.md", "new"))
        successor.switch()
    with open_store(folder) as store:
        assert (store.embedder, store.analyzer.language) == (FAKE, "de")
        assert stored_texts(store) == {"new.md": ["new"]}


def test_a_store_too_damaged_to_open_can_be_rebuilt(folder):
    generation = current(folder)
    assert generation
    (generation / "catalogue.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="phi-assistant ingest --rebuild FOLDER"):
        open_store(folder)
    with building(folder, embedder=FAKE) as successor:
        put(successor.store, entry("new.md", "new"))
        successor.switch()
    with open_store(folder) as store:
        assert stored_texts(store) == {"new.md": ["new"]}


def test_the_switch_is_made_by_one_small_file(folder):
    reindex(folder, lambda spec: WordLengthEmbeddings())
    assert (folder / "current").read_text("utf-8") == "2"
    with closing(sqlite3.connect(folder / "2" / "catalogue.sqlite")) as catalogue:
        assert catalogue.execute("SELECT count(*) FROM sources WHERE state = 'live'").fetchone() == (12,)
