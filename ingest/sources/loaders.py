"""Loaders: the documents of any LangChain `BaseLoader` as sources.

    --loader langchain_community.document_loaders:CSVLoader --loader-arg file_path=prices.csv

A source is what its documents' metadata call "source"; without that, all of them together are one. Runs in a
worker process, as every reader does; what a loader says of its errors is redacted before it leaves that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from numbers import Integral
from pathlib import PurePosixPath
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ingest.extract import check_text, sound
from ingest.jobs import Loader, LoaderJob
from ingest.readers.extraction import extraction, first_heading
from ingest.redact import is_place, redact, without_credentials
from ingest.sources.names import storable
from ingest.sources.spool import Spool
from ingest.split import split
from ingest.workers.messages import Alive, Extracted, Failed, Same, Setup
from phi_assistant.errors import LoadError, MissingExtra, NoText

if TYPE_CHECKING:
    from langchain_core.document_loaders import BaseLoader
    from langchain_core.documents import Document

_COMMUNITY = "langchain_community"

_BEAT = 0.5
"""Seconds between two signs of life while documents come in."""


def load(job: LoaderJob, setup: Setup) -> Iterator[Extracted | Same | Failed | Alive]:
    """Raises `LoadError` if the loader fails; what it gave before that is yielded all the same."""
    spool = Spool()
    error: LoadError | None = None
    last = ""
    try:
        beat = monotonic()
        for document in _made(job.loader).lazy_load():
            last = _add(spool, document, job.loader)
            if monotonic() - beat > _BEAT:
                beat = monotonic()
                yield Alive()
    except MemoryError:
        raise
    except Exception as exc:
        error = _failure(job.loader, exc)
    if not (last or error or job.stored):
        error = NoText("gave no documents. Check what it is made with: `--loader-arg NAME=VALUE`.")
    for source, length in spool.sources():
        if error is None or source != last:  # of which there might have been more
            yield _source(spool, source, length, job, setup)
    if error:
        raise error


def _made(loader: Loader) -> BaseLoader:
    from langchain_core.document_loaders import BaseLoader

    made = _class(loader.spec)(**loader.arguments)
    if not isinstance(made, BaseLoader):
        raise LoadError("is no LangChain document loader: name a class that derives from `BaseLoader`.")
    return made


def _class(spec: str) -> Callable[..., object]:
    module, _, name = spec.partition(":")
    try:
        return cast(Callable[..., object], getattr(import_module(module), name))
    except ModuleNotFoundError as exc:
        if exc.name == _COMMUNITY:
            raise MissingExtra(_COMMUNITY, extra="community", purpose=f"The loader {spec}") from exc
        raise LoadError(f"needs the module {exc.name!r}, which is not there. Install it, or correct the name.") from exc
    except AttributeError as exc:
        raise LoadError(f"is not there ({exc}). Correct the name: `--loader package.module:Class`.") from exc


def _add(spool: Spool, document: Document, loader: Loader) -> str:
    """Puts a document where the others of its source are; returns which that is."""
    told = document.metadata
    source = storable(without_credentials(str(told.get("source") or loader.spec)))
    text = sound(document.page_content) if document.page_content.strip() else ""
    spool.add(source, title=sound(str(told.get("title") or "")), label=sound(_label(told)), text=text)
    return source


def _label(told: dict[str, Any]) -> str:
    """What a reader turns to. LangChain counts `page` from 0; `page_label` is what is printed on it."""
    if told.get("page_label"):
        return f"p. {told['page_label']}"
    page = told.get("page")
    if isinstance(page, Integral):
        return f"p. {page + 1}"
    number = page or told.get("page_number")
    return f"p. {number}" if number else ""


def _source(spool: Spool, name: str, length: int, job: LoaderJob, setup: Setup) -> Extracted | Same | Failed:
    try:
        check_text(length, setup.limits.text)
        if not length:
            raise NoText("holds no text.")
    except LoadError as exc:
        return Failed(str(exc), empty=isinstance(exc, NoText), name=name)
    pages = [(text if text.endswith("\n") else f"{text}\n\n", label) for text, label in spool.pages(name) if text]
    title = spool.title(name)
    digest = hashlib.sha256(json.dumps([name, title, pages]).encode()).hexdigest()
    if digest in job.stored:
        return Same(digest)
    made = extraction(pages, titles=(title, first_heading(pages[0][0])), stem=_stem(name))
    chunks = tuple(split(made.pages, source=name, title=made.title))
    return Extracted(name, made.title, digest, chunks)


def _stem(name: str) -> str:
    """ "gift-cards" of "https://shop.example/help/gift-cards.html"."""
    path = urlsplit(name).path if "://" in name else name
    return PurePosixPath(path.replace("\\", "/")).stem or name


def _failure(loader: Loader, exc: Exception) -> LoadError:
    if isinstance(exc, MissingExtra):
        return LoadError(str(exc))
    hidden = [value for name, value in loader.arguments.items() if not is_place(name)]
    if isinstance(exc, LoadError):
        return LoadError(redact(str(exc), hidden))
    cause = f" ({_told(exc.__cause__)})" if isinstance(exc.__cause__, Exception) else ""
    return LoadError(f"failed: {redact(_told(exc) + cause, hidden)}")


def _told(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}".removesuffix(": ")
