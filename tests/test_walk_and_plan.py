"""Walking and planning: which files are meant, what they are called, and which of them have changed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ingest.progress import Bar
from ingest.report import KEPT, Failure, Report
from ingest.run import run
from ingest.sources.walk import walk
from phi_assistant import ChunkStore
from phi_assistant.errors import LoadError
from phi_assistant.fakes import WordLengthEmbeddings

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


def write(*files: Path) -> None:
    """Each holds its own path, so that no two are alike."""
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"This file was first called {file}.", "utf-8")


def ids(*paths: Path) -> list[str]:
    return [file.id for file in walk(paths).files]


def ingest(store: ChunkStore, *paths: Path) -> Report:
    return run(paths, store, WordLengthEmbeddings, Bar())


def unchanged(store: ChunkStore, *paths: Path) -> Report:
    """Ingests where nothing may be embedded."""

    def no_embedder() -> WordLengthEmbeddings:
        raise AssertionError("nothing has changed, and an embedder was asked for")

    return run(paths, store, no_embedder, Bar())


def counts(report: Report) -> tuple[int, int, int, int]:
    """Added, updated, unchanged, removed."""
    assert report.failed == ()
    return report.added, report.updated, report.unchanged, report.removed


# Which files


def test_ids_are_relative_to_the_folder_named_with_forward_slashes(docs):
    write(docs / "b.md", docs / "a" / "deep" / "c.txt")
    assert ids(docs) == ["a/deep/c.txt", "b.md"]
    assert ids(docs / "a") == ["deep/c.txt"]


def test_a_file_named_itself_is_called_by_its_name(docs):
    write(docs / "a" / "b.md")
    assert ids(docs / "a" / "b.md") == ["b.md"]


def test_a_path_may_be_relative_and_crooked(docs, monkeypatch):
    write(docs / "a" / "b.md", docs / "c.md")
    monkeypatch.chdir(docs / "a")
    assert ids(Path()) == ["b.md"]
    assert ids(Path("..", "a", "..")) == ["a/b.md", "c.md"]


def test_what_no_person_wrote_is_passed_over(docs):
    write(docs / "a.md", docs / ".hidden.md", docs / ".git" / "x.md", docs / "~$report.docx", docs / "Thumbs.db")
    write(docs / "b" / "desktop.ini", docs / "b" / ".DS_Store")
    assert ids(docs) == ["a.md"]


def test_a_file_of_an_unknown_kind_is_reported_and_not_passed_over(docs, store):
    write(docs / "a.md", docs / "Makefile")
    (docs / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(99))
    report = ingest(store, docs)
    assert list(store.sources()) == ["Makefile", "a.md"]
    assert [failure.source for failure in report.failed] == ["film.mp4"]


def test_a_path_that_does_not_exist_is_an_error(docs):
    with pytest.raises(LoadError, match=r"no file or folder .*none.*`phi-assistant ingest FOLDER`"):
        walk([docs, docs / "none"])


def test_overlapping_paths_give_a_file_once(docs):
    write(docs / "a" / "b.md", docs / "c.md")
    assert ids(docs, docs / "a", docs / "a" / "b.md", docs) == ["a/b.md", "c.md"]
    assert ids(docs / "a", docs) == ["b.md", "c.md"]  # called as in the path named first


# Links


@posix
def test_a_link_within_the_folder_is_read_and_one_that_leads_out_is_reported(docs, store, tmp_path):
    write(docs / "a.md", tmp_path / "secret.md")
    (docs / "again.md").symlink_to("a.md")
    (docs / "out.md").symlink_to(tmp_path / "secret.md")
    report = ingest(store, docs)
    assert list(store.sources()) == ["a.md", "again.md"]
    assert report.failed == (
        Failure("out.md", "cannot be read: it is a link that leads out of the folder; copy the file into it."),
    )


@posix
def test_a_link_to_nowhere_or_to_itself_is_reported_and_the_rest_stored(docs, store):
    write(docs / "a.md")
    (docs / "loop.md").symlink_to("loop.md")
    (docs / "nowhere.md").symlink_to("none.md")
    report = ingest(store, docs)
    assert report.added == 1
    assert [failure.source for failure in report.failed] == ["loop.md", "nowhere.md"]
    assert report.failed[1].reason == "cannot be read: No such file or directory."


@posix
def test_a_link_that_is_named_itself_is_meant_wherever_it_leads(docs, store, tmp_path):
    write(tmp_path / "elsewhere" / "notes.md")
    (docs / "link.md").symlink_to(tmp_path / "elsewhere" / "notes.md")
    (docs / "folder").symlink_to(tmp_path / "elsewhere")
    assert counts(ingest(store, docs / "link.md")) == (1, 0, 0, 0)
    assert list(store.sources()) == ["link.md"]
    assert ids(docs / "folder") == ["notes.md"]


# Names that stay


def test_files_of_the_same_name_in_two_folders_get_distinct_ids_and_keep_them(store, tmp_path):
    shop, course = tmp_path / "shop", tmp_path / "course"
    write(shop / "faq.md", course / "faq.md")
    assert counts(ingest(store, shop)) == (1, 0, 0, 0)
    assert counts(ingest(store, course)) == (1, 0, 0, 0)
    named = {id_: path.parent.name for id_, (_, path) in store.sources().items()}
    assert named == {"faq.md": "shop", "course/faq.md": "course"}
    for again in ([course], [shop], [course, shop], [shop, course]):
        assert counts(unchanged(store, *again)) == (0, 0, len(again), 0)
    assert {id_: path.parent.name for id_, (_, path) in store.sources().items()} == named


def test_folders_of_the_same_name_with_the_same_file_get_distinct_ids_too(store, tmp_path):
    folders = [tmp_path / year / "docs" for year in ("2023", "2024", "2025")]
    write(*(folder / "faq.md" for folder in folders))
    assert counts(ingest(store, *folders)) == (3, 0, 0, 0)
    assert len(store.sources()) == 3
    assert {"faq.md", "docs/faq.md"} < set(store.sources())
    assert counts(unchanged(store, *reversed(folders))) == (0, 0, 3, 0)


def test_a_renamed_folder_is_a_move_and_nothing_is_embedded(docs, store, tmp_path):
    write(docs / "a.md", docs / "b" / "c.md")
    ingest(store, docs)
    docs.rename(tmp_path / "papers")
    assert counts(unchanged(store, tmp_path / "papers")) == (0, 0, 2, 0)
    moved = {id_: path.relative_to(tmp_path).as_posix() for id_, (_, path) in store.sources().items()}
    assert moved == {"a.md": "papers/a.md", "b/c.md": "papers/b/c.md"}
    (tmp_path / "papers" / "a.md").unlink()  # and from now on it is what lies below the new path
    assert counts(ingest(store, tmp_path / "papers")) == (0, 0, 1, 1)


def test_a_renamed_file_is_another_file(docs, store):
    write(docs / "a.md", docs / "c.md")
    ingest(store, docs)
    (docs / "a.md").rename(docs / "b.md")
    assert counts(ingest(store, docs)) == (1, 0, 1, 1)
    assert list(store.sources()) == ["b.md", "c.md"]


# What a later run touches


def test_a_folder_within_is_ingested_again_under_the_same_ids_and_nothing_else_is_touched(docs, store):
    write(docs / "a.md", docs / "sub" / "b.md", docs / "sub" / "c.md", docs / "subway" / "d.md")
    ingest(store, docs)
    (docs / "a.md").write_text("Edited meanwhile.", "utf-8")
    (docs / "subway" / "d.md").unlink()
    (docs / "sub" / "b.md").write_text("Edited as well.", "utf-8")
    (docs / "sub" / "c.md").unlink()
    assert counts(ingest(store, docs / "sub")) == (0, 1, 0, 1)
    assert list(store.sources()) == ["a.md", "sub/b.md", "subway/d.md"]
    assert counts(ingest(store, docs)) == (0, 1, 1, 1)


def test_what_is_gone_is_removed_only_below_the_paths_named(docs, store, tmp_path):
    write(docs / "a.md", docs / "b.md", tmp_path / "other" / "c.md")
    ingest(store, docs, tmp_path / "other")
    (docs / "b.md").unlink()
    (tmp_path / "other" / "c.md").unlink()
    assert counts(ingest(store, docs)) == (0, 0, 1, 1)
    assert list(store.sources()) == ["a.md", "c.md"]


def test_naming_one_file_removes_none_of_its_neighbours(docs, store):
    write(docs / "a.md", docs / "b.md")
    ingest(store, docs)
    (docs / "b.md").unlink()
    assert counts(unchanged(store, docs / "a.md")) == (0, 0, 1, 0)
    assert list(store.sources()) == ["a.md", "b.md"]


@posix
def test_a_file_that_became_a_link_out_of_the_folder_keeps_its_earlier_version(docs, store, tmp_path):
    write(docs / "a.md", tmp_path / "secret.md")
    ingest(store, docs)
    (docs / "a.md").unlink()
    (docs / "a.md").symlink_to(tmp_path / "secret.md")
    [failure] = unchanged(store, docs).failed
    assert failure.reason.endswith(KEPT)
    assert list(store.sources()) == ["a.md"]
