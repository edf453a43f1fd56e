"""What can go wrong below the store, as our errors: a full disk is told from everything else."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from phi_assistant.errors import StoreAway, StoreError, StoreFull, StoreMoved

if TYPE_CHECKING:
    from phi_assistant.store.address import Address

_NO_SPACE = ("no space left", "disk is full", "file too large", "quota exceeded")

_CONNECTIONS = ("httpx", "httpcore", "requests", "urllib3")
"""The modules whose errors say that Chroma's server could not be reached."""

_ROOM, _COPIES = 20_000_000, 4
"""Bytes that must stay free, and how many times the vectors of a collection besides. With fewer left when something
fails, that is what is wrong: Chroma does not always say so."""


@contextmanager
def storage_errors(folder: Path, server: Address | None = None) -> Iterator[None]:
    """Errors of the disk, of SQLite, of tantivy (ValueError) and of Chroma and its connection, as ours.

    `server` is the Chroma server that keeps the vectors, where that is not the collection's owner.
    """
    try:
        yield
    except ConnectionError as exc:
        raise unreachable(folder, server) from exc
    except (OSError, sqlite3.Error, ValueError, RuntimeError) as exc:
        raise _translated(exc, folder) from exc
    except Exception as exc:
        module = type(exc).__module__.partition(".")[0]
        if module in _CONNECTIONS:
            raise unreachable(folder, server) from exc
        if module == "chromadb":
            raise _translated(exc, folder) from exc
        raise


def check_room(folder: Path, size: int) -> None:
    """Raises `StoreFull` before a write for which the disk has no room.

    Half-way would be too late: Chroma writes its whole index now and then, and one that is cut off does not load.
    """
    if shutil.disk_usage(folder).free < _ROOM + _COPIES * size:
        raise _full(folder)


def _translated(exc: Exception, folder: Path) -> StoreError:
    if any(sign in str(exc).lower() for sign in _NO_SPACE) or _is_full(folder):
        return _full(folder)
    return StoreError(
        f"The documents in {folder} cannot be read or written ({exc}). If the disk is sound and yours to write, "
        "store them anew: `phi-assistant ingest --rebuild FOLDER`."
    )


def unreachable(folder: Path, server: Address | None) -> StoreError:
    """The error to be raised where a server that has the vectors is gone."""
    if server:
        return StoreAway(
            f"The Chroma server at {server}, which has the vectors of the documents in {folder}, cannot be reached, so "
            "this could not be finished; what was stored is whole. Start it (`docker compose up -d chroma`, or "
            f"`chroma run --host {server.host} --port {server.port} --path DIR`), and run the same command again."
        )
    return StoreMoved(
        f"The process that served the documents in {folder} has ended, so this could not be finished; "
        "what was stored is whole. Run the same command again."
    )


def _full(folder: Path) -> StoreFull:
    return StoreFull(
        f"The disk that holds {folder} is full, so nothing more can be stored; what was stored is whole. "
        "Free some space, or use another disk with `--data DIR`, and run the same command again."
    )


def _is_full(folder: Path) -> bool:
    return folder.exists() and shutil.disk_usage(folder).free < _ROOM
