"""The documents of a collection as a person sees them: what is stored, what was added and is not, and why.

Knows the store, the folder of added files and what a run has said; knows no Streamlit.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal

from phi_assistant.evidence import fit, is_stale
from ui.uploads import folder_of
from ui.work import Order, Work

if TYPE_CHECKING:
    from phi_assistant.retrieval import Retriever
    from phi_assistant.store import ChunkStore
    from ui.stores import Stores

logger = logging.getLogger(__name__)

State = Literal["ready", "incomplete", "gone", "waiting", "failed", "unread"]
"""`incomplete` is stored and lacks parts; of `gone` the file is, and its text is not; `unread` waits for nobody."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document."""

    id: str
    title: str
    path: Path
    state: State
    pages: int = 0
    """That can be turned to; 0 where it has none."""
    chunks: int = 0
    date: datetime | None = None
    """When its file was added, or, if it lies elsewhere, changed."""
    is_uploaded: bool = False
    """Whether its file was added here, and is deleted with it."""
    problems: tuple[tuple[str, str], ...] = ()
    """What could not be read of it: where, and why."""


def documents(store: ChunkStore, work: Work | None) -> list[Document]:
    """All of them, by their ids; `work` is what goes on in the collection, or went on last."""
    folder = Path(os.path.realpath(folder_of(store.folder)))  # as ingestion calls it
    sizes, problems, known = store.sizes(), store.problems(), store.sources()
    listed = [
        _stored(id_, source.title, path, folder, size=sizes.get(id_, (0, 0)), problems=problems.get(id_, ()))
        for id_, (source, path) in known.items()
    ]
    marked = [_in_work(each, work) for each in listed]
    paths = {path for _, path in known.values()}
    return sorted([*marked, *_unread(folder, paths, work)], key=lambda each: each.id.casefold())


def delete(chosen: Iterable[Document], collection: str, stores: Stores) -> None:
    """Takes documents out of a collection, and deletes the files of those that were added here."""
    chosen, store = list(chosen), stores.store(collection)
    for each in chosen:
        if each.is_uploaded:
            each.path.unlink(missing_ok=True)
    store.remove([each.id for each in chosen])
    if is_stale(store):
        Thread(target=_fit, args=(stores.retriever(collection),), name="threshold", daemon=True).start()


def reading(
    store: ChunkStore, paths: Collection[Path] = (), *, again: bool = False, passwords: Iterable[str] = ()
) -> Order:
    """The order to bring a collection up to date: with all files that were added to it, or with some.

    `passwords` are tried on encrypted files.
    """
    flags = ("--embedder", store.embedder, "--language", store.analyzer.language, *(["--again"] if again else []))
    named = tuple(str(path) for path in paths or [folder_of(store.folder)])
    return Order("ingest", store.folder.name, (*named, *flags), tuple(passwords))


def indexing(store: ChunkStore, *, embedder: str, language: str) -> Order:
    """The order to index what is stored anew."""
    return Order("reindex", store.folder.name, ("--embedder", embedder, "--language", language))


def _stored(
    id_: str, title: str, path: Path, folder: Path, *, size: tuple[int, int], problems: tuple[tuple[str, str], ...]
) -> Document:
    date = _date(path)
    gone = path.is_absolute() and date is None
    return Document(
        id=id_,
        title=title,
        path=path,
        state="gone" if gone else "incomplete" if problems else "ready",
        chunks=size[0],
        pages=size[1],
        date=date,
        is_uploaded=path.is_relative_to(folder),
        problems=problems,
    )


def _in_work(document: Document, work: Work | None) -> Document:
    """The same with what a run says of it."""
    step = work.steps.get(document.id) if work else None
    if work and work.is_going_on and step in ("waiting", "read"):
        return replace(document, state="waiting")
    if work and step == "failed":
        return replace(document, state="incomplete", problems=(("", work.reasons.get(document.id, "")),))
    return document


def _unread(folder: Path, stored: Collection[Path], work: Work | None) -> Iterable[Document]:
    """Files that were added and are not stored."""
    failed = dict(work.failed) if work else {}
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        id_ = path.relative_to(folder).as_posix()
        if path in stored or path.name.startswith(".") or not path.is_file():
            continue
        going = bool(work and work.is_going_on and work.steps.get(id_, "waiting") != "failed")
        state: State = "waiting" if going else "failed" if id_ in failed else "unread"
        problems = (("", failed[id_]),) if id_ in failed else ()
        yield Document(id_, id_, path, state, date=_date(path), is_uploaded=True, problems=problems)


def _date(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError:
        return None


def _fit(retriever: Retriever) -> None:
    """The collection is another one now, and what counts as evidence in it with it."""
    try:
        fit(retriever.store, retriever.embedder)
    except Exception:
        logger.warning("The threshold could not be fitted; the next run does it", exc_info=True)
