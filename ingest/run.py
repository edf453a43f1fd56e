"""One ingestion: what changed is read by workers, embedded and stored, a batch at a time.

Killed at any moment, it leaves every source stored whole or not at all, and the next run finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from ingest.outcome import Outcome
from ingest.pipeline import Progress, Writer
from ingest.plan import check_not_emptied, plan
from ingest.readers.options import DEFAULTS, Options
from ingest.report import Report
from ingest.sources.walk import no_file_in, walk
from ingest.workers.limits import LIMITS, Limits, chosen_workers
from ingest.workers.messages import Setup
from ingest.workers.pool import Pool
from phi_assistant.evidence import fit, is_stale
from phi_assistant.store import ChunkStore

if TYPE_CHECKING:
    from ingest.jobs import Loader
    from phi_assistant.embeddings.base import Embedder

__all__ = ["Progress", "run"]


def run(
    paths: Sequence[Path],
    store: ChunkStore,
    embedder: Callable[[], Embedder],
    progress: Progress,
    *,
    loaders: Sequence[Loader] = (),
    options: Options = DEFAULTS,
    limits: Limits = LIMITS,
    workers: int = 0,
    again: bool = False,
) -> Report:
    """Brings the store up to date with the files below these paths and with what these loaders give.

    `embedder` is called only if something is to be embedded; with `again`, files are read that have not changed.
    Raises `LoadError` for a path that does not exist, for folders without any file and for one that was emptied, and
    `StoreError` if the store cannot be written; a file that cannot be read is in the report.
    """
    began = perf_counter()
    found = walk(paths)
    stored = store.sources()
    drawn = plan(found, stored, paths, most=limits.size, again=again)
    if paths and not (found.files or found.barred or drawn.removed or loaders):
        raise no_file_in(paths)
    check_not_emptied(drawn, found, stored, paths)
    for id_, path in drawn.moved.items():
        store.move(id_, path)
    outcome = Outcome(drawn, stored)
    tasks = outcome.tasks(loaders)
    embedder = cache(embedder)
    if tasks:
        progress.begin(len(tasks))
        for task in tasks:
            progress.note(task.id, "waiting")
        setup = Setup(options, limits)
        # The workers are gone before the last batch is embedded, and before an error goes on.
        with Writer(store, embedder, progress) as writer, Pool(tasks, setup, workers=chosen_workers(workers)) as pool:
            for task, message in pool:
                outcome.hear(task, message, writer, progress)
    if outcome.gone:
        store.remove(outcome.gone)
    if is_stale(store):  # also where nothing changed: an earlier run may have been killed before this
        fit(store, embedder())
    return outcome.report(store, seconds=perf_counter() - began)
