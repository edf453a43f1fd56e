"""Running an ingestion: what it reports, what is stored afterwards, and what Ctrl-C or a full disk leave."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from samples import found_texts, stored_texts

from ingest.progress import Bar, Lines
from ingest.report import KEPT, Report
from ingest.run import run
from phi_assistant import ChunkStore, open_store
from phi_assistant.errors import LoadError
from phi_assistant.evidence import threshold_of
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.store import STORED_AT_ONCE

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither this signal nor this limit")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder with two files."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "hours.txt").write_text("The shop opens at nine.", "utf-8")
    (folder / "returns.md").write_text("# Returns\n\nYou have 45 days to return a grinder.", "utf-8")
    return folder


def ingest(docs: Path, store: ChunkStore) -> Report:
    return run([docs], store, WordLengthEmbeddings, Bar())


def no_embedder() -> WordLengthEmbeddings:
    raise AssertionError("an embedder was asked for")


def counts(report: Report) -> dict[str, int]:
    """The counts that are not zero."""
    shown = report.as_json() | {"failed": len(report.failed), "incomplete": len(report.incomplete), "seconds": 0}
    return {name: count for name, count in shown.items() if count}


def agree(store: ChunkStore) -> bool:
    """Whether the catalogue and both indexes hold the same chunks."""
    return not store.disagreements()


# What is reported, and what is stored


def test_new_files_are_added(docs, store):
    assert counts(ingest(docs, store)) == {"added": 2, "chunks": 2}
    assert stored_texts(store) == {
        "hours.txt": ["The shop opens at nine."],
        "returns.md": ["# Returns\n\nYou have 45 days to return a grinder."],
    }
    assert {id_: source.title for id_, (source, _) in store.sources().items()} == {
        "hours.txt": "hours",
        "returns.md": "Returns",
    }
    assert agree(store)


def test_the_report_is_one_line_for_people_and_an_object_for_programs(docs, store):
    report = ingest(docs, store)
    assert str(report).startswith("2 added, 0 updated, 0 unchanged, 0 removed, 0 failed: 2 chunks in ")
    keys = ["added", "updated", "unchanged", "removed", "failed", "incomplete", "chunks", "seconds"]
    assert list(report.as_json()) == keys
    assert report.as_json()["seconds"] == pytest.approx(report.seconds, abs=0.001)


def test_a_second_run_changes_nothing_and_asks_for_no_embedder(docs, store):
    ingest(docs, store)
    os.utime(docs / "hours.txt", (0, 0))  # another date is no change
    assert counts(run([docs], store, no_embedder, Bar())) == {"unchanged": 2, "chunks": 2}


def test_files_that_have_not_changed_are_read_anew_when_that_is_asked_for(docs, store):
    ingest(docs, store)
    again = run([docs / "hours.txt"], store, WordLengthEmbeddings, Bar(), again=True)
    assert counts(again) == {"updated": 1, "chunks": 2}
    assert sorted(store.sources()) == ["hours.txt", "returns.md"]
    assert agree(store)


def test_programs_are_told_of_each_file_how_far_it_is(docs, store, capsys):
    (docs / "empty.txt").write_bytes(b"")
    run([docs], store, WordLengthEmbeddings, Lines())
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[0] == {"event": "begin", "files": 3}
    of = {name: [each["event"] for each in told if each.get("source") == name] for name in ("empty.txt", "hours.txt")}
    assert of == {"empty.txt": ["waiting", "failed"], "hours.txt": ["waiting", "read", "stored"]}
    assert [each["reason"] for each in told if each["event"] == "failed"] == ["is empty."]
    assert sum(each["files"] for each in told if each["event"] == "advance") == 3


def test_an_edited_file_replaces_its_earlier_version_whole(docs, store):
    (docs / "returns.md").write_text("# Returns\n\n" + "You have 45 days to return a grinder. " * 60, "utf-8")
    ingest(docs, store)
    (docs / "returns.md").write_text("# Returns\n\nYou have 14 days to return a kettle.", "utf-8")
    assert counts(ingest(docs, store)) == {"updated": 1, "unchanged": 1, "chunks": 2}
    assert found_texts(store, "how many days to return a grinder or a kettle at the shop") == [
        "# Returns\n\nYou have 14 days to return a kettle.",
        "The shop opens at nine.",
    ]
    assert agree(store)


def test_a_file_that_is_gone_is_removed_and_found_no_more(docs, store):
    ingest(docs, store)
    (docs / "returns.md").unlink()
    assert counts(ingest(docs, store)) == {"removed": 1, "unchanged": 1, "chunks": 1}
    assert found_texts(store, "days to return a grinder") == ["The shop opens at nine."]


def test_a_file_that_comes_back_is_added_again(docs, store):
    ingest(docs, store)
    text = (docs / "returns.md").read_text("utf-8")
    (docs / "returns.md").unlink()
    ingest(docs, store)
    (docs / "returns.md").write_text(text, "utf-8")
    assert counts(ingest(docs, store)) == {"added": 1, "unchanged": 1, "chunks": 2}
    assert stored_texts(store)["returns.md"] == [text]
    assert agree(store)


@pytest.mark.parametrize("content", ["", " \n\t\n"])
def test_a_file_that_was_emptied_is_removed_and_reported(docs, store, content):
    ingest(docs, store)
    (docs / "hours.txt").write_text(content, "utf-8")
    report = ingest(docs, store)
    assert counts(report) == {"unchanged": 1, "removed": 1, "failed": 1, "chunks": 1}
    assert report.failed[0].source == "hours.txt"
    assert KEPT not in report.failed[0].reason
    assert list(store.sources()) == ["returns.md"]


def test_a_damaged_version_is_reported_and_the_earlier_one_kept(docs, store):
    ingest(docs, store)
    (docs / "hours.txt").write_bytes(b"\x00\x01\x02" * 100)
    for _ in range(2):  # it is not forgotten by the next run
        report = ingest(docs, store)
        assert counts(report) == {"unchanged": 1, "failed": 1, "chunks": 2}
        assert report.failed[0].reason.endswith(KEPT)
    assert stored_texts(store)["hours.txt"] == ["The shop opens at nine."]


def test_a_file_that_could_never_be_read_is_reported_every_time_and_the_others_are_stored(docs, store):
    locked = FPDF()
    locked.set_encryption(owner_password="owner", user_password="user")
    locked.add_page()
    (docs / "locked.pdf").write_bytes(bytes(locked.output()))
    (docs / "empty.md").touch()
    (docs / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    assert counts(ingest(docs, store)) == {"added": 2, "failed": 3, "chunks": 2}
    report = ingest(docs, store)
    assert counts(report) == {"unchanged": 2, "failed": 3, "chunks": 2}
    reasons = {failure.source: failure.reason for failure in report.failed}
    assert reasons["empty.md"] == "is empty."
    assert reasons["locked.pdf"].startswith("wants a password")
    assert reasons["film.mp4"].startswith("is a recording (.mp4), which cannot be read.")


@posix
def test_a_file_that_cannot_be_read_any_more_keeps_its_earlier_version(docs, store):
    ingest(docs, store)
    (docs / "hours.txt").unlink()
    (docs / "hours.txt").symlink_to("on-a-disk-that-is-not-there.txt")
    [failure] = ingest(docs, store).failed
    assert failure.reason == f"cannot be read: No such file or directory. {KEPT}"
    assert len(store.sources()) == 2


def test_a_folder_without_files_is_an_error(docs, store):
    shutil.rmtree(docs)
    docs.mkdir()
    (docs / ".hidden").touch()
    with pytest.raises(LoadError, match=r"There is no file in .*docs"):
        ingest(docs, store)


def test_a_folder_that_was_emptied_loses_nothing_and_says_why(docs, store, tmp_path):
    ingest(docs, store)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "prices.txt").write_text("A grinder costs 90 euros.")
    for each in docs.iterdir():
        each.unlink()
    for paths in ([docs], [docs, elsewhere]):
        with pytest.raises(LoadError, match=r"no file in .*docs.* any more, and 2 documents of it .* remove them in"):
            run(paths, store, WordLengthEmbeddings, Bar())
    assert len(store.sources()) == 2


def test_more_chunks_than_one_batch_holds(docs, store):
    section = "".join(f"# Section {{}}.{n}\n\n{'It is part of a long document. ' * 3}\n\n" for n in range(200))
    for name in range(5):
        (docs / f"{name}.md").write_text(section.replace("{}", str(name)), "utf-8")
    report = ingest(docs, store)
    assert (report.added, report.chunks) == (7, 1002)
    assert report.chunks > STORED_AT_ONCE
    assert agree(store)


def test_the_threshold_is_fitted_when_the_collection_has_changed_much_and_not_otherwise(docs, store):
    ingest(docs, store)
    fitted = threshold_of(store)
    assert (fitted.chunks, fitted.asked > 50) == (2, True)
    (docs / "hours.txt").write_text("The shop opens at ten.", "utf-8")
    ingest(docs, store)
    assert threshold_of(store) == fitted
    (docs / "more.md").write_text("There is more to say.", "utf-8")
    ingest(docs, store)
    assert threshold_of(store).chunks == 3


def test_a_run_that_ended_before_the_threshold_was_fitted_is_made_up_for_by_the_next(docs, store):
    ingest(docs, store)
    fitted = threshold_of(store)
    store.set_note("threshold", "")  # as after a kill between the last file and the fit
    ingest(docs, store)
    assert threshold_of(store) == fitted


# Interrupted, out of space: the program itself

FILES = 60


def write_manual(folder: Path, number: int, words: random.Random, *, chunks: int = 8) -> None:
    """A file of up to so many chunks."""
    sections = [
        f"## Section {part}\n\n{' '.join(words.choices(['pump', 'boiler', 'gasket', 'valve'], k=12))}.\n\n"
        for part in range(words.randint(1, chunks))
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


def start(docs: Path, data: Path, models: Path, *, limit: int | None = None) -> subprocess.Popen[str]:
    """`python -m ingest` as a process of its own, which may write no file longer than the limit."""

    def limited() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit or 0, resource.RLIM_INFINITY))

    return subprocess.Popen(
        [sys.executable, "-m", "ingest", str(docs), "--json", "--data", str(data)],
        env={**os.environ, "PHI_ASSISTANT_MODELS": str(models)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limited if limit else None,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def complete(docs: Path, data: Path, models: Path) -> dict[str, Any]:
    """The report of a run that nothing disturbs."""
    code, output, errors = finish(start(docs, data, models))
    assert (code, errors) == (0, "")
    return dict(json.loads(output))


def agree_in(data: Path) -> bool:
    with open_store(data / "collections" / "documents") as store:
        return agree(store)


def wait_until_some_are_stored(data: Path, process: subprocess.Popen[str]) -> None:
    """The catalogue may be read by others while its owner writes."""
    file = data / "collections" / "documents" / "1" / "catalogue.sqlite"
    while process.poll() is None:
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as catalogue:
            if catalogue.execute("SELECT 1 FROM sources WHERE state = 'live'").fetchone():
                return
        time.sleep(0.01)
    raise AssertionError(process.communicate())


@posix
def test_ctrl_c_in_the_middle_ends_with_one_line_and_the_next_run_finishes(manuals, tmp_path, models):
    for number in range(FILES):
        write_manual(manuals, number, random.Random(number), chunks=60)  # some batches
    process = start(manuals, tmp_path / "data", models)
    wait_until_some_are_stored(tmp_path / "data", process)
    process.send_signal(signal.SIGINT)
    code, output, errors = finish(process)
    assert (code, output) == (130, ""), errors
    assert errors == "Stopped: every file is stored whole or not at all. Run the same command to go on.\n"
    with open_store(tmp_path / "data" / "collections" / "documents") as store:
        stored = len(store.sources())
        assert 0 < stored < FILES
        assert agree(store)
    report = complete(manuals, tmp_path / "data", models)
    assert (report["added"], report["unchanged"]) == (FILES - stored, stored)


@posix
@pytest.mark.parametrize("limit", [1_000, 300_000], ids=["for the catalogue", "for the vectors"])
def test_a_full_disk_is_one_clear_error_and_a_later_run_completes(manuals, tmp_path, models, limit):
    for number in range(20, FILES):
        (manuals / f"{number:02}.md").unlink()
    code, output, errors = finish(start(manuals, tmp_path / "data", models, limit=limit))
    assert (code, output) == (1, "")
    assert errors.startswith("Error: The d")
    assert errors.count("\n") == 1
    report = complete(manuals, tmp_path / "data", models)
    assert (report["added"], report["failed"]) == (20, [])
    assert agree_in(tmp_path / "data")
