"""Loaders of LangChain's as sources: streamed, called as they call themselves, each document stored once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from samples import stored_texts
from terminal import Shop

from ingest.flags import loaders_of
from ingest.progress import Bar
from ingest.report import Failure, Report
from ingest.run import run
from ingest.workers.limits import LIMITS, Limits
from phi_assistant import ChunkStore
from phi_assistant.errors import ConfigError
from phi_assistant.fakes import WordLengthEmbeddings

MODULE = '''
import json
import time
from pathlib import Path

from langchain_core.document_loaders import BaseBlobParser, BaseLoader, Blob
from langchain_core.documents import Document


class Notes(BaseLoader):
    """A document a line of a file; a line that says "fail" is an error."""

    def __init__(self, file_path, token=None):
        self.file = Path(file_path)

    def lazy_load(self):
        for line in self.file.read_text("utf-8").splitlines():
            told = json.loads(line)
            if "fail" in told:
                raise RuntimeError(told["fail"])
            yield Document(page_content=told.pop("text"), metadata=told)


class Eager(BaseLoader):
    """As old loaders are: only `load` is written, and all comes at once."""

    def load(self):
        return [Document(page_content="one"), Document(page_content="two")]


class Lines(BaseBlobParser):
    def lazy_parse(self, blob):
        for number, line in enumerate(blob.as_string().splitlines()):
            yield Document(page_content=line, metadata={"source": blob.source, "page": number})


class Parsed(BaseLoader):
    """By a parser of LangChain's."""

    def __init__(self, path):
        self.blob = Blob.from_path(path)

    def lazy_load(self):
        return Lines().lazy_parse(self.blob)


class Told(BaseLoader):
    def __init__(self, **told):
        self.told = told

    def lazy_load(self):
        yield Document(page_content=repr(self.told))


class Large(BaseLoader):
    def lazy_load(self):
        for _ in range(500):
            yield Document(page_content=" " * 1_000_000)
        yield Document(page_content="The end.")


class Slow(BaseLoader):
    def lazy_load(self):
        for number in range(5):
            time.sleep(0.7)
            yield Document(page_content=f"{number}", metadata={"source": "slow"})
        time.sleep(1000)


class Leaking(BaseLoader):
    """Puts all that it knows into its error, as many do."""

    def __init__(self, **told):
        self.told = told

    def lazy_load(self):
        yield Document(page_content="Told before.", metadata={"source": "https://ann:hunter2@shop.example/a?token=t0k3n"})
        yield Document(page_content="The last.", metadata={"source": "last"})
        raise RuntimeError(f"{self.told} at https://ann:hunter2@10.0.0.7/x?token=t0k3n, ask bob@corp.example")


class NoLoader:
    def lazy_load(self):
        return []
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, which has a module with loaders in it."""
    (tmp_path / "my_loaders.py").write_text(MODULE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def write(*documents: dict[str, Any], file: str = "notes.jsonl") -> None:
    Path(file).write_text("".join(f"{json.dumps(each)}\n" for each in documents), "utf-8")


def note(source: str, text: str, **told: Any) -> dict[str, Any]:
    return {"source": source, "text": text, **told}


def ingest(
    store: ChunkStore, name: str, *arguments: str, paths: Sequence[Path] = (), limits: Limits = LIMITS
) -> Report:
    loaders = loaders_of(f"my_loaders:{name}", arguments)
    return run(paths, store, WordLengthEmbeddings, Bar(), loaders=loaders, limits=limits)


def notes(store: ChunkStore, file: str = "notes.jsonl") -> Report:
    return ingest(store, "Notes", f"file_path={file}")


def counts(report: Report) -> tuple[int, int, int, int]:
    """Added, updated, unchanged, removed."""
    assert report.failed == ()
    return report.added, report.updated, report.unchanged, report.removed


# What is stored


def test_documents_are_put_together_by_their_source_and_labelled_by_their_page(store):
    write(
        note("a.pdf", "First page.", page=0, title="Manual"),
        note("b.pdf", "Of the other.", page_label="iv"),
        note("a.pdf", "Second page.", page=1),
    )
    assert counts(notes(store)) == (2, 0, 0, 0)
    assert stored_texts(store) == {"a.pdf": ["First page.\n\n", "Second page.\n\n"], "b.pdf": ["Of the other.\n\n"]}
    labels = [(chunk.source, chunk.title, chunk.label, chunk.start) for chunk in store.sample(3)]
    assert labels == [("a.pdf", "Manual", "p. 1", 0), ("a.pdf", "Manual", "p. 2", 13), ("b.pdf", "b", "p. iv", 0)]


def test_documents_that_name_no_source_are_one_that_is_called_by_the_loader(store):
    assert counts(ingest(store, "Eager")) == (1, 0, 0, 0)
    assert stored_texts(store) == {"my_loaders:Eager": ["one\n\n", "two\n\n"]}


def test_a_parser_of_langchains_works_too(store, folder):
    (folder / "poem.txt").write_text("Roses are red.\nViolets are blue.\n", "utf-8")
    assert counts(ingest(store, "Parsed", "path=poem.txt")) == (1, 0, 0, 0)
    assert [chunk.label for chunk in store.sample(2)] == ["p. 1", "p. 2"]


def test_arguments_are_json_or_text(store):
    told = ["a=5", "b=true", "c=None", 'd=["x", 1.5]', 'e={"k": false}', "f=C:\\docs", 'g="7"', "h=a=b", "i=", "j=NaN"]
    ingest(store, "Told", *told)
    [[text]] = stored_texts(store).values()
    assert text.strip() == repr(
        {
            "a": 5,
            "b": True,
            "c": None,
            "d": ["x", 1.5],
            "e": {"k": False},
            "f": "C:\\docs",
            "g": "7",
            "h": "a=b",
            "i": "",
            "j": "NaN",
        }
    )


def test_documents_are_taken_one_by_one_however_many_there_are(store):
    """500 MB of them, by a process that may have half of that."""
    assert counts(ingest(store, "Large", limits=Limits(memory=250_000_000))) == (1, 0, 0, 0)


def test_a_loader_may_take_long_as_long_as_documents_come(store):
    [failure] = ingest(store, "Slow", limits=Limits(seconds=3)).failed
    assert failure.source == "my_loaders:Slow"
    assert failure.reason.startswith("takes more than 3 s to read")


def test_files_and_loaders_in_one_run(store, folder):
    (folder / "docs").mkdir()
    (folder / "docs" / "a.md").write_text("A file.", "utf-8")
    write(note("a.md", "A document of the same name."))
    assert counts(ingest(store, "Notes", "file_path=notes.jsonl", paths=[folder / "docs"])) == (2, 0, 0, 0)
    assert set(stored_texts(store)) == {"a.md", "Notes/a.md"}
    assert counts(ingest(store, "Notes", "file_path=notes.jsonl", paths=[folder / "docs"])) == (0, 0, 2, 0)


# Exactly once


def test_a_second_run_embeds_what_changed_and_removes_what_is_gone(store):
    write(note("a", "One."), note("b", "Two."), note("c", "Three."))
    assert counts(notes(store)) == (3, 0, 0, 0)
    assert counts(notes(store)) == (0, 0, 3, 0)
    write(note("c", "Three."), note("b", "Two, edited."))
    assert counts(notes(store)) == (0, 1, 1, 1)
    assert stored_texts(store) == {"b": ["Two, edited.\n\n"], "c": ["Three.\n\n"]}
    assert store.disagreements() == 0


def test_a_document_without_text_is_reported_and_what_it_held_before_is_removed(store):
    write(note("a", "One."), note("b", "Two."))
    notes(store)
    write(note("a", "One."), note("b", " \n"))
    report = notes(store)
    assert (report.failed, report.removed) == ((Failure("b", "holds no text."),), 1)
    assert list(store.sources()) == ["a"]


def test_a_loader_that_fails_half_way_removes_nothing_and_stores_what_it_gave(store):
    write(note("a", "One."), note("b", "Two."), note("c", "Three."))
    notes(store)
    write(note("a", "One, edited."), note("b", "Half of it"), {"fail": "the server is gone"})
    report = notes(store)
    assert (report.added, report.updated, report.removed) == (0, 1, 0)
    reason = "failed: RuntimeError: the server is gone Its earlier documents are still stored."
    assert report.failed == (Failure("my_loaders:Notes", reason),)
    assert stored_texts(store) == {"a": ["One, edited.\n\n"], "b": ["Two.\n\n"], "c": ["Three.\n\n"]}


def test_one_that_gives_nothing_empties_what_it_gave_and_says_so_if_it_never_did(store):
    write()
    [failure] = notes(store).failed
    assert failure.reason.startswith("gave no documents.")
    write(note("a", "One."))
    notes(store)
    write()
    assert counts(notes(store)) == (0, 0, 0, 1)
    assert store.count() == 0


def test_loaders_made_otherwise_leave_each_others_documents_alone(store, folder, monkeypatch):
    write(note("a", "One."))
    write(note("a", "Another."), note("b", "More."), file="others.jsonl")
    notes(store)
    notes(store, "others.jsonl")
    assert stored_texts(store) == {"a": ["One.\n\n"], "Notes/a": ["Another.\n\n"], "b": ["More.\n\n"]}
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    write(note("c", "In a folder below."))  # the same argument, and another file
    assert counts(notes(store)) == (1, 0, 0, 0)
    assert len(store.sources()) == 4


def test_another_password_makes_no_other_loader(store):
    write(note("a", "One."))
    ingest(store, "Notes", "file_path=notes.jsonl", "token=old")
    assert counts(ingest(store, "Notes", "file_path=notes.jsonl", "token=new")) == (0, 0, 1, 0)


# What is said


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("my_loaders:NoLoader", "is no LangChain document loader: name a class that derives from `BaseLoader`."),
        (
            "my_loaders:None_",
            "is not there (module 'my_loaders' has no attribute 'None_'). "
            "Correct the name: `--loader package.module:Class`.",
        ),
        (
            "no_such_package:Loader",
            "needs the module 'no_such_package', which is not there. Install it, or correct the name.",
        ),
        ("my_loaders:Notes", "failed: TypeError: Notes.__init__() missing 1 required positional argument: 'file_path'"),
    ],
)
def test_a_loader_that_cannot_be_made_is_reported(store, spec, reason):
    report = run([], store, WordLengthEmbeddings, Bar(), loaders=loaders_of(spec, []))
    assert report.failed == (Failure(spec, reason),)


def test_a_file_that_is_not_there_is_named_with_what_is_wrong(store):
    [failure] = notes(store, "none.jsonl").failed
    assert failure.reason == "failed: FileNotFoundError: [Errno 2] No such file or directory: 'none.jsonl'"


def test_the_extra_that_is_missing_is_named(store, folder):
    # As if it were not installed, also where it is.
    (folder / "langchain_community").mkdir()
    code = "raise ModuleNotFoundError('No module', name='langchain_community')"
    (folder / "langchain_community" / "__init__.py").write_text(code, "utf-8")
    loaders = loaders_of("langchain_community.document_loaders:CSVLoader", [])
    [failure] = run([], store, WordLengthEmbeddings, Bar(), loaders=loaders).failed
    assert '`pip install "phi-assistant[community]"`' in failure.reason


@pytest.mark.parametrize("spec", ["CSVLoader", "a.b.CSVLoader", "a:b.C", "os; rm:x", ":X", "a:"])
def test_what_is_no_name_of_a_loader_is_one_clear_error(spec):
    with pytest.raises(ConfigError, match=r"`--loader package\.module:Class`"):
        loaders_of(spec, [])


def test_an_argument_without_a_name_or_a_loader_is_an_error_that_does_not_repeat_it():
    for spec in ("a:B", None):
        with pytest.raises(ConfigError) as caught:
            loaders_of(spec, ["s3cret"])
        assert "s3cret" not in str(caught.value)


def test_secrets_of_a_loader_are_neither_said_nor_stored(shop: Shop, folder: Path, tmp_path: Path):
    flags = [
        f"--loader-arg={each}"
        for each in ("api_key=sk-Zx9Qw8Er7Ty6", "url=https://ann:hunter2@10.0.0.7/x?token=t0k3n", "pin=73915")
    ]
    command = ["ingest", "--loader", "my_loaders:Leaking", *flags, "--data", tmp_path / "data", "--debug"]
    for output in ([], ["--json"]):
        done = shop.run(*command, *output, PYTHONPATH=str(folder))
        assert done.code == 1
        said = done.output + done.errors
        assert "my_loaders:Leaking" in said
        for secret in ("sk-Zx9Qw8Er7Ty6", "hunter2", "t0k3n", "73915", "10.0.0.7", "bob@corp.example"):
            assert secret not in said
            assert all(
                secret.encode() not in file.read_bytes() for file in (tmp_path / "data").rglob("*.*") if file.is_file()
            )
