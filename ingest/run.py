"""One ingestion: what changed is loaded, split, embedded and stored, a batch of files at a time.

Killed at any moment, it leaves every file stored whole or not at all, and the next run finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from ingest.plan import Job, plan
from ingest.report import KEPT, Failure, Report
from ingest.split import split
from ingest.walk import walk
from phi_assistant.errors import LoadError, NoText
from phi_assistant.evidence import fit, is_stale
from phi_assistant.schema import Source
from phi_assistant.store import ChunkStore, Entry

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder

BATCH = 512
"""Chunks stored at once: enough that the commits of three databases do not count, little to lose."""


class Progress(Protocol):
    """Told what has been done so far."""

    def begin(self, files: int) -> None: ...

    def advance(self, files: int, chunks: int) -> None: ...


@dataclass(slots=True)
class _Outcome:
    """What a run has done up to now."""

    added: int = 0
    updated: int = 0
    failed: list[Failure] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    """Stored sources whose file holds no text any more."""


def run(paths: Sequence[Path], store: ChunkStore, embedder: Callable[[], Embedder], progress: Progress) -> Report:
    """Brings the store up to date with the files below these paths.

    `embedder` is called only if something is to be embedded. Raises `LoadError` for a path that does not
    exist or folders without any file, `StoreError` if the store cannot be written; a file that cannot be
    read is in the report.
    """
    began = perf_counter()
    files = walk(paths)
    drawn = plan(files, store.sources(), paths)
    if not files and not drawn.removed:
        raise LoadError(
            f"There is no file in {', '.join(repr(str(path)) for path in paths)}, so nothing was ingested. "
            "Put documents there, or name another folder: `phi-assistant ingest FOLDER`."
        )
    outcome = _Outcome(failed=drawn.failed)
    for id_, path in drawn.moved.items():
        store.move(id_, path)
    if drawn.jobs:
        _store(drawn.jobs, store, embedder(), progress, outcome)
    gone = drawn.removed + outcome.emptied
    if gone:
        store.remove(gone)
    if is_stale(store):  # also where nothing changed: an earlier run may have been killed before this
        fit(store, embedder())
    return Report(
        added=outcome.added,
        updated=outcome.updated,
        unchanged=drawn.unchanged,
        removed=len(gone),
        failed=tuple(outcome.failed),
        chunks=store.count(),
        seconds=perf_counter() - began,
    )


def _store(jobs: Sequence[Job], store: ChunkStore, embedder: Embedder, progress: Progress, outcome: _Outcome) -> None:
    progress.begin(len(jobs))
    for batch in _batches(jobs, outcome):
        entries = [entry for _, entry in batch if entry]
        chunks = [chunk for entry in entries for chunk in entry.chunks]
        if entries:
            store.replace(entries, embedder.embed(chunk.embedded for chunk in chunks))
        updated = sum(job.replaces for job, entry in batch if entry)
        outcome.updated += updated
        outcome.added += len(entries) - updated
        progress.advance(len(batch), len(chunks))


def _batches(jobs: Sequence[Job], outcome: _Outcome) -> Iterator[list[tuple[Job, Entry | None]]]:
    batch: list[tuple[Job, Entry | None]] = []
    chunks = 0
    for job in jobs:
        entry = _entry(job, outcome)
        batch.append((job, entry))
        chunks += len(entry.chunks) if entry else 0
        if chunks >= BATCH:
            yield batch
            batch, chunks = [], 0
    if batch:
        yield batch


def _entry(job: Job, outcome: _Outcome) -> Entry | None:
    """The file on its way into the store; None if it cannot be read, which is then noted."""
    from ingest.load import load  # its readers take long to import, and an unchanged folder needs none

    try:
        extraction = load(job.file.path)
    except LoadError as exc:
        outcome.failed.append(_failure(job, exc))
        if job.replaces and isinstance(exc, NoText):
            outcome.emptied.append(job.id)
        return None
    chunks = split(extraction.pages, source=job.id, title=extraction.title)
    source = Source(job.id, extraction.title, job.digest)
    return Entry(source, job.file.path, tuple(chunks))


def _failure(job: Job, error: LoadError) -> Failure:
    kept = job.replaces and not isinstance(error, NoText)
    return Failure(job.id, f"{error} {KEPT}" if kept else str(error))
