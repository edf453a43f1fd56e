"""The outcome: what the messages of the workers mean for the store and for the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ingest.jobs import FileJob, Loader, LoaderJob
from ingest.pipeline import Progress, Writer
from ingest.plan import Plan
from ingest.report import KEPT, Failure, Report
from ingest.sources.names import storable
from ingest.workers.messages import Done, Extracted, Failed, Message, Same, Task
from phi_assistant.schema import Source
from phi_assistant.store import ChunkStore, Entry


class Outcome:
    """What a run has come to so far."""

    def __init__(self, drawn: Plan, stored: dict[str, tuple[Source, Path]]) -> None:
        self._drawn = drawn
        self._stored = stored
        self._names = drawn.names
        self._added = self._updated = 0
        self._unchanged = drawn.unchanged
        self._failed = list(drawn.failed)
        self._broken: set[Path] = set()
        """The origins of loaders that failed: nobody knows what they would have given."""
        self.gone = list(drawn.removed)
        """Stored sources that are no more, or hold no text any more."""

    def tasks(self, loaders: Iterable[Loader]) -> list[Task]:
        """What the workers are to do. Loaders first: they may wait for others while files are read."""
        first = [LoaderJob(loader, self._digests(loader.origin)).task for loader in loaders]
        return first + [FileJob(id_, file.path, file.root).task for id_, file in self._drawn.jobs.items()]

    def hear(self, task: Task, message: Message, writer: Writer, progress: Progress) -> None:
        """Takes note of a message, and passes on what is to be stored."""
        match task.argument:
            case FileJob() as job:
                self._hear_of_file(job, message, writer, progress)
            case LoaderJob() as job:
                self._hear_of_loader(job, message, writer, progress)

    def report(self, store: ChunkStore, *, seconds: float) -> Report:
        problems = store.problems()
        incomplete = [
            Failure(id_, f"{where}: {reason}" if where else reason)
            for id_ in sorted(self._names.taken & problems.keys())
            for where, reason in problems[id_]
        ]
        return Report(
            added=self._added,
            updated=self._updated,
            unchanged=self._unchanged,
            removed=len(self.gone),
            failed=tuple(sorted(self._failed, key=lambda failure: failure.source)),
            incomplete=tuple(incomplete),
            chunks=store.count(),
            seconds=seconds,
        )

    def _hear_of_file(self, job: FileJob, message: Message, writer: Writer, progress: Progress) -> None:
        if isinstance(message, Extracted):
            progress.note(job.id, "read")
            writer.add(self._entry(job.id, Path(storable(str(job.path))), message))
        elif isinstance(message, Failed):
            self._fail(job.id, message)
            progress.note(job.id, "failed", self._failed[-1].reason)
            progress.advance(1, 0)

    def _hear_of_loader(self, job: LoaderJob, message: Message, writer: Writer, progress: Progress) -> None:
        origin = job.loader.origin
        match message:
            case Extracted():
                writer.add(self._entry(self._names.of_document(message.name, origin), origin, message), files=0)
            case Same():
                self._names.taken.add(job.stored[message.digest])
                self._unchanged += 1
            case Failed(name=""):
                self._broken.add(origin)
                kept = " Its earlier documents are still stored." if job.stored else ""
                self._failed.append(Failure(job.loader.spec, f"{message.reason}{kept}"))
            case Failed():
                self._fail(self._names.of_document(message.name, origin), message)
            case Done():
                progress.advance(1, 0)
                if origin not in self._broken:
                    self.gone += [id_ for id_ in job.stored.values() if id_ not in self._names.taken]

    def _entry(self, id_: str, path: Path, message: Extracted) -> Entry:
        if id_ in self._stored:
            self._updated += 1
        else:
            self._added += 1
        chunks = message.chunks
        if id_ != message.name:
            chunks = tuple(replace(chunk, source=id_) for chunk in chunks)
        return Entry(Source(id_, message.title, message.digest), path, chunks, message.problems)

    def _fail(self, id_: str, message: Failed) -> None:
        kept = id_ in self._stored and not message.empty
        self._failed.append(Failure(id_, f"{message.reason} {KEPT}" if kept else message.reason))
        if id_ in self._stored and message.empty:
            self.gone.append(id_)

    def _digests(self, origin: Path) -> dict[str, str]:
        return {source.digest: id_ for id_, (source, path) in self._stored.items() if path == origin}
