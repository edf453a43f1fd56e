"""`python -m benchmarks.documents`: real files of thirty formats, and whether each yields what it must.

Reads a folder with a `manifest.jsonl`, whose lines name a file, what to expect of it (`text`, `ocr`, `password`,
`error`, `empty`), phrases it holds and perhaps a password. The files go through `run`, as a user's would: once without
passwords, once with them.
"""

from __future__ import annotations

import json
import shutil
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.pool import Silent
from benchmarks.results import Bar, bars, command, conditions, table, write_section
from ingest.readers.options import Options
from ingest.report import Report
from ingest.run import run
from phi_assistant.fakes import WordLengthEmbeddings
from phi_assistant.schema import Chunk
from phi_assistant.store import open_store

HEADING = "Documents of thirty formats"
DOCS = Path(__file__).parents[2] / "shared" / "docs"

_SAID = {
    "password": ("password", "encrypted"),
    "ocr": ("no text layer",),
    "empty": ("is empty", "holds no text", "nothing but blanks"),
    "error": ("",),
}
"""What the report must say of a file that yields nothing."""

_PLACES = {".pdf": "p. ", ".pptx": "slide ", ".ppt": "slide ", ".odp": "slide "}
"""How the labels of a format begin."""

_HEADED = (".xlsx", ".xls", ".ods", ".epub", ".docx")
"""Formats whose labels are names: of a sheet, of a heading."""


@dataclass(frozen=True)
class Sample:
    """A line of the manifest."""

    file: str
    expect: str
    contains: tuple[str, ...]
    password: str

    @property
    def suffix(self) -> str:
        return Path(self.file).suffix


@dataclass(frozen=True)
class Seen:
    """What one ingestion of the folder gave."""

    report: Report
    chunks: dict[str, list[Chunk]]

    def text(self, file: str) -> str:
        return "".join(chunk.text for chunk in self.chunks.get(file, []))

    def reason(self, file: str) -> str:
        return next((failure.reason for failure in self.report.failed if failure.source == file), "")


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, default=DOCS, help="a folder with a manifest.jsonl")
    chosen = parser.parse_args()
    samples = [_sample(json.loads(line)) for line in (chosen.docs / "manifest.jsonl").open(encoding="utf-8")]
    passwords = tuple(sample.password for sample in samples if sample.password)
    closed = _ingested(chosen.docs, samples, Options())
    opened = _ingested(chosen.docs, samples, Options(passwords=passwords))
    parts = [conditions(command("benchmarks.documents")), *_shown(samples, closed, opened)]
    print("\n\n".join(parts))
    write_section(HEADING, parts)


def _sample(row: dict[str, object]) -> Sample:
    return Sample(str(row["file"]), str(row["expect"]), tuple(row["contains"]), str(row["password"]))  # type: ignore[arg-type]


def _ingested(docs: Path, samples: Sequence[Sample], options: Options) -> Seen:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch, "docs")
        folder.mkdir()
        for sample in samples:
            shutil.copyfile(docs / sample.file, folder / sample.file)
        embedder = WordLengthEmbeddings()
        with open_store(Path(scratch, "store"), embedder=embedder.spec, create=True) as store:
            report = run([folder], store, lambda: embedder, Silent(), options=options)
            chunks: dict[str, list[Chunk]] = {}
            for chunk in store.sample(store.count()):
                chunks.setdefault(chunk.source, []).append(chunk)
        return Seen(report, chunks)


def _shown(samples: Sequence[Sample], closed: Seen, opened: Seen) -> list[str]:
    texts = [sample for sample in samples if sample.expect == "text"]
    others = [sample for sample in samples if sample.expect != "text"]
    locked = [sample for sample in samples if sample.password and sample.expect == "password"]
    asked = [
        Bar(
            f"of {len(texts)} text files, those with all their phrases",
            sum(_yields(s, closed) for s in texts),
            len(texts),
        ),
        Bar(
            f"of {len(others)} others, those reported as what they are",
            sum(_is_told(s, closed) for s in others),
            len(others),
        ),
        Bar(f"of {len(locked)} with a password, those it opens", sum(_yields(s, opened) for s in locked), len(locked)),
        Bar("chunks that say where a reader turns to", _labelled(texts, closed), 0.95),
    ]
    wrong = [[s.file, "phrases are missing", closed.reason(s.file)] for s in texts if not _yields(s, closed)]
    wrong += [[s.file, f"not told as {s.expect}", closed.reason(s.file)] for s in others if not _is_told(s, closed)]
    wrong += [[s.file, "not opened", opened.reason(s.file)] for s in locked if not _yields(s, opened)]
    told = [[s.file, s.expect, closed.reason(s.file) or "read (by OCR)"] for s in others]
    shown = [bars(asked), table(["file", "is", "the report says"], told), str(closed.report)]
    return [*shown, table(["file", "what is wrong", "the report says"], wrong)] if wrong else shown


def _yields(sample: Sample, seen: Seen) -> bool:
    """Blanks do not count: some phrases were taken down with one between the stretches that a word is stored in."""
    text = _without_blanks(seen.text(sample.file))
    return bool(text) and all(_without_blanks(phrase) in text for phrase in sample.contains)


def _is_told(sample: Sample, seen: Seen) -> bool:
    """A scan may also be read, where Tesseract is there."""
    reason = seen.reason(sample.file)
    if sample.expect == "ocr" and not reason:
        return _yields(sample, seen)
    return bool(reason) and any(said in reason for said in _SAID[sample.expect])


def _labelled(samples: Sequence[Sample], seen: Seen) -> float:
    """The share of chunks, of formats that have places to turn to, whose label is one."""
    chunks = [
        chunk.label.startswith(_PLACES[sample.suffix]) if sample.suffix in _PLACES else bool(chunk.label)
        for sample in samples
        if sample.suffix in _PLACES or sample.suffix in _HEADED
        for chunk in seen.chunks.get(sample.file, [])
    ]
    return sum(chunks) / max(1, len(chunks))


def _without_blanks(text: str) -> str:
    return "".join(text.split())


if __name__ == "__main__":
    main()
