"""Exactly once: whatever is done to files and to runs, each document is stored whole, in one version, or is gone."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from samples import found_texts, places, stored_texts

from ingest.progress import Bar
from ingest.report import Report
from ingest.run import run
from phi_assistant import ChunkStore, Retriever, open_store
from phi_assistant.evidence import threshold_of
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.store import serving

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows replaces no file that is open")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with two files in it, and one in a folder of its own."""
    write(tmp_path / "docs" / "a.md", "The first is about apples.")
    write(tmp_path / "docs" / "b.md", "The second is about pears.")
    write(tmp_path / "docs" / "sub" / "c.md", "The third is about plums.")
    return tmp_path / "docs"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")


def ingest(store: ChunkStore, *paths: Path) -> Report:
    return run(paths, store, WordLengthEmbeddings, Bar())


def counts(report: Report) -> tuple[int, int, int, int]:
    """Added, updated, unchanged, removed."""
    return report.added, report.updated, report.unchanged, report.removed


def as_on_the_disk(store: ChunkStore, docs: Path) -> bool:
    """Whether each file of a folder is stored once, as it is, and nothing else is; in all three databases."""
    files = {file.relative_to(docs).as_posix(): file for file in docs.rglob("*.md") if file.read_text("utf-8").strip()}
    stored = store.sources()
    return (
        stored_texts(store) == {id_: [file.read_text("utf-8")] for id_, file in files.items()}
        and {id_: path for id_, (_, path) in stored.items()} == files
        and all(source.digest == digest(files[id_]) for id_, (source, _) in stored.items())
        and found_texts(store, "what is first second third about") == sorted(map(Path.read_text, files.values()))
        and not store.disagreements()
    )


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# What happens to files


def test_a_file_through_all_that_can_happen_to_it(docs, store):
    steps: list[tuple[str, tuple[int, int, int, int]]] = []

    def after(what: str) -> None:
        steps.append((what, counts(ingest(store, docs))))
        assert as_on_the_disk(store, docs), what

    after("new")
    write(docs / "a.md", "Now it is about quinces.")
    after("edited")
    write(docs / "a.md", "")
    after("emptied")
    write(docs / "a.md", "The first is about apples.")
    after("filled again")
    (docs / "a.md").rename(docs / "z.md")
    after("renamed")
    (docs / "z.md").rename(docs / "sub" / "z.md")
    after("moved")
    (docs / "sub" / "z.md").unlink()
    after("deleted")
    write(docs / "a.md", "The first is about apples.")
    after("added again")
    (docs / "a.md").replace(docs / "b.md")
    after("put in the place of another")
    (docs / "sub").rename(docs / "below")
    after("its folder renamed")
    assert steps == [
        ("new", (3, 0, 0, 0)),
        ("edited", (0, 1, 2, 0)),
        ("emptied", (0, 0, 2, 1)),
        ("filled again", (1, 0, 2, 0)),
        ("renamed", (1, 0, 2, 1)),
        ("moved", (1, 0, 2, 1)),
        ("deleted", (0, 0, 2, 1)),
        ("added again", (1, 0, 2, 0)),
        ("put in the place of another", (0, 1, 1, 1)),
        ("its folder renamed", (1, 0, 1, 1)),
    ]


def test_two_files_that_change_places(docs, store):
    ingest(store, docs)
    (docs / "a.md").rename(docs / "x")
    (docs / "b.md").rename(docs / "a.md")
    (docs / "x").rename(docs / "b.md")
    assert counts(ingest(store, docs)) == (0, 2, 1, 0)
    assert as_on_the_disk(store, docs)


def test_a_file_whose_place_a_folder_takes_and_the_other_way_round(docs, store):
    ingest(store, docs)
    (docs / "b.md").unlink()
    write(docs / "b.md" / "b.md", "Deeper.")
    assert counts(ingest(store, docs)) == (1, 0, 2, 1)
    assert set(store.sources()) == {"a.md", "b.md/b.md", "sub/c.md"}
    (docs / "b.md" / "b.md").unlink()
    (docs / "b.md").rmdir()
    write(docs / "b.md", "The second is about pears.")
    assert counts(ingest(store, docs)) == (1, 0, 2, 1)
    assert as_on_the_disk(store, docs)


def test_the_same_content_under_two_names_is_stored_twice_and_found_once(docs, store):
    write(docs / "copy.md", (docs / "a.md").read_text("utf-8"))
    assert counts(ingest(store, docs)) == (4, 0, 0, 0)
    assert as_on_the_disk(store, docs)
    hits = Retriever(store, WordLengthEmbeddings()).retrieve("Which one is about apples?")
    assert sorted(places(hits)) in (["a.md", "b.md", "sub/c.md"], ["b.md", "copy.md", "sub/c.md"])
    (docs / "a.md").unlink()  # and the other is still there
    assert counts(ingest(store, docs)) == (0, 0, 3, 1)
    assert "copy.md" in places(Retriever(store, WordLengthEmbeddings()).retrieve("Which one is about apples?"))


# How files are named


def test_however_files_are_named_each_is_stored_once(docs, store, monkeypatch):
    monkeypatch.chdir(docs.parent)
    ways = [
        [docs],
        [Path("docs")],
        [Path("docs"), Path("docs/sub")],
        [Path("docs", "sub"), docs],
        [Path("docs/a.md"), docs / "a.md", Path("docs", "..", "docs")],
        [docs / "sub" / "c.md", docs],
        [docs, docs],
    ]
    for way in ways:
        ingest(store, *way)
        assert as_on_the_disk(store, docs), way
    monkeypatch.chdir(docs)
    assert counts(ingest(store, Path())) == (0, 0, 3, 0)
    assert as_on_the_disk(store, docs)


def test_a_folder_within_that_was_ingested_first_keeps_its_names(docs, store):
    ingest(store, docs / "sub")
    assert list(store.sources()) == ["c.md"]
    assert counts(ingest(store, docs)) == (2, 0, 1, 0)
    assert list(store.sources()) == ["a.md", "b.md", "c.md"]
    assert store.count() == 3


@posix
def test_a_folder_that_is_reached_by_a_link_is_the_same_folder(docs, store, tmp_path):
    ingest(store, docs)
    (tmp_path / "link").symlink_to(docs)
    assert counts(ingest(store, tmp_path / "link")) == (0, 0, 3, 0)
    assert as_on_the_disk(store, docs)


# While it is read


@contextmanager
def meanwhile(do: str, *arguments: str | Path) -> Iterator[None]:
    """Code that another process runs over and over during the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"import os, sys\nprint(flush=True)\nturn = 0\nwhile True:\n{do}", *map(str, arguments)],
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            assert process.stdout
            process.stdout.readline()
            yield
        finally:
            process.kill()


REPLACE = """
    turn += 1
    with open(sys.argv[2], "w") as file:
        file.write(f"Version {turn}. " * 2000 + f"So ends version {turn}.")
    os.replace(sys.argv[2], sys.argv[1])
"""

REWRITE = """
    turn += 1
    with open(sys.argv[1], "w") as file:
        for part in range(20):
            file.write(f"Version {turn}. " * 100)
            file.flush()
        file.write(f"So ends version {turn}.")
"""


@posix
@pytest.mark.parametrize("how", [REPLACE, REWRITE], ids=["replaced", "written in place"])
def test_a_file_that_changes_while_it_is_read_is_stored_in_one_version_or_reported(docs, store, how, tmp_path):
    write(docs / "log.txt", "At first.")
    seen = 0
    for _ in range(4):
        with meanwhile(how, docs / "log.txt", tmp_path / "log.new"):
            report = ingest(store, docs)
        (source, _) = store.sources().get("log.txt", (None, None))
        if source is None or report.failed:
            assert [failure.source for failure in report.failed] == ["log.txt"]
            continue
        text = "".join(stored_texts(store)["log.txt"])
        versions = set(text.replace("So ends version", "Version").replace("Version ", "").replace(".", "").split())
        assert len(versions) <= 1 or how is REWRITE
        assert hashlib.sha256(text.encode()).hexdigest() == source.digest  # that of what was read
        seen += 1
    write(docs / "log.txt", "At last.")  # whoever wrote was killed, perhaps before the first word
    assert counts(ingest(store, docs))[3] == 0
    assert store.disagreements() == 0
    assert seen or how is REWRITE


VANISH = """
    for name in sorted(os.listdir(sys.argv[1])):
        if name.startswith("v"):
            os.rename(os.path.join(sys.argv[1], name), os.path.join(sys.argv[2], name))
    for name in sorted(os.listdir(sys.argv[2])):
        os.rename(os.path.join(sys.argv[2], name), os.path.join(sys.argv[1], name))
"""


def test_files_that_vanish_and_come_back_cost_themselves_alone(docs, store, tmp_path):
    (tmp_path / "away").mkdir()
    for number in range(60):
        write(docs / f"v{number:02}.md", f"This one is about number {number}.")
    for _ in range(3):
        with meanwhile(VANISH, docs, tmp_path / "away"):
            report = ingest(store, docs)
        assert {"a.md", "b.md", "sub/c.md"} <= set(store.sources())
        assert all(failure.source.startswith("v") for failure in report.failed)
        assert store.disagreements() == 0
    for file in (tmp_path / "away").iterdir():
        file.rename(docs / file.name)
    assert ingest(store, docs).failed == ()
    assert len(store.sources()) == 63
    assert counts(ingest(store, docs)) == (0, 0, 63, 0)


# Two runs at once, and runs that are killed


FILES = 60


def write_manual(folder: Path, number: int, words: random.Random) -> None:
    sections = [
        f"## Section {part}\n\n{' '.join(words.choices(['pump', 'boiler', 'gasket', 'valve'], k=12))}.\n\n"
        for part in range(words.randint(1, 8))
    ]
    (folder / f"{number:02}.md").write_text(f"# Manual {number}\n\n{''.join(sections)}", "utf-8")


@pytest.fixture
def manuals(tmp_path: Path) -> Path:
    """A folder of 60 files."""
    folder = tmp_path / "manuals"
    folder.mkdir()
    words = random.Random(1)
    for number in range(FILES):
        write_manual(folder, number, words)
    return folder


def start(data: Path, models: Path, *paths: Path) -> subprocess.Popen[str]:
    """`python -m ingest` as a process of its own, which waits for others as long as it takes."""
    return subprocess.Popen(
        [sys.executable, "-m", "ingest", *map(str, paths), "--json", "--data", str(data)],
        env={**os.environ, "PHI_ASSISTANT_MODELS": str(models), "PHI_ASSISTANT_WAIT": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def complete(data: Path, models: Path, *paths: Path) -> dict[str, object]:
    """The report of a run that nothing disturbs."""
    return finish(start(data, models, *paths))


def finish(process: subprocess.Popen[str]) -> dict[str, object]:
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, ""), output
    return dict(json.loads(output))


def whole(data: Path) -> dict[str, object]:
    """All that two stores have in common if they were filled from the same files."""
    with open_store(data / "collections" / "documents") as store:
        assert store.disagreements() == 0
        return {
            "chunks": sorted(store.sample(store.count()), key=lambda chunk: chunk.id),
            "sources": store.sources(),
            "threshold is fitted": threshold_of(store).asked > 0,
        }


@pytest.mark.slow
def test_two_runs_at_once_store_each_file_once(manuals, tmp_path, models):
    runs = [start(tmp_path / "both", models, manuals) for _ in range(2)]
    reports = [finish(each) for each in runs]
    assert sorted(report["added"] for report in reports) == [0, FILES]
    complete(tmp_path / "one", models, manuals)
    assert whole(tmp_path / "both") == whole(tmp_path / "one")


@pytest.mark.slow
def test_two_runs_at_once_through_the_server_of_a_third_process_store_each_file_once(manuals, tmp_path, models):
    complete(tmp_path / "both", models, manuals / "00.md")
    with serving(tmp_path / "both" / "collections" / "documents"):
        for process in [start(tmp_path / "both", models, manuals) for _ in range(2)]:
            finish(process)
    complete(tmp_path / "one", models, manuals)
    assert whole(tmp_path / "both") == whole(tmp_path / "one")


@posix
@pytest.mark.slow
def test_runs_killed_at_random_moments_are_finished_by_the_next(manuals, tmp_path, models):
    began = time.perf_counter()
    complete(tmp_path / "undisturbed", models, manuals)
    lasts = time.perf_counter() - began
    dice = random.Random(7)
    for _ in range(8):
        for number in dice.sample(range(FILES), 30):
            write_manual(manuals, number, dice)
        (manuals / f"{dice.randrange(FILES):02}.md").unlink(missing_ok=True)
        process = start(tmp_path / "killed", models, manuals)
        time.sleep(dice.uniform(0.25, 0.75) * lasts)
        process.kill()
        process.communicate()
    for data in ("killed", "undisturbed"):
        assert complete(tmp_path / data, models, manuals)["failed"] == []
    assert whole(tmp_path / "killed") == whole(tmp_path / "undisturbed")
