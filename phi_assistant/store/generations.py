"""Generations: a collection is indexed anew beside what is in use, and one small file switches.

    documents/
      current   names the folder in use: "1"
      1/        a whole store
      2/        one that is being built, or was left half-built

Knows folders and numbers; opens nothing.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from phi_assistant.store.lock import Lock

_POINTER = "current"


def current(folder: Path) -> Path | None:
    """The generation in use; None if the collection holds none."""
    try:
        return folder / (folder / _POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        return None


def first(folder: Path) -> Path:
    """The generation in use, begun if there is none."""
    if used := current(folder):
        return used
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "begin.lock"):  # two processes may begin a collection at once
        generation = current(folder)
        if generation is None:
            generation = folder / "1"
            generation.mkdir(exist_ok=True)
            switch(folder, generation)
        return generation


def successor(folder: Path) -> Path:
    """Where the next generation is built; it may have been begun by an earlier run."""
    used = current(folder)
    return folder / str(int(used.name) + 1 if used else 1)


def is_superseded(folder: Path, generation: Path) -> bool:
    """Whether a later generation is in use."""
    used = current(folder)
    return used is not None and int(used.name) > int(generation.name)


def switch(folder: Path, generation: Path) -> None:
    """Makes a generation the one in use, in one step that a kill cannot halve."""
    pointer = folder / f"{_POINTER}.new"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(generation.name)
        file.flush()
        os.fsync(file.fileno())
    pointer.replace(folder / _POINTER)


def superseded(folder: Path) -> list[Path]:
    """The earlier generations that are still there."""
    return [each for each in generations(folder) if is_superseded(folder, each)]


def generations(folder: Path) -> list[Path]:
    """All that are there, whole or half-built."""
    return [each for each in folder.iterdir() if each.name.isdecimal()] if folder.exists() else []


def sweep(folder: Path) -> None:
    """Drops earlier generations that no process uses any more."""
    for generation in superseded(folder):
        drop(generation)


def drop(generation: Path) -> bool:
    """Deletes a generation unless a process holds it; whether it is gone."""
    with suppress(OSError):  # a folder that somebody else drops at this moment
        lock = Lock(generation)
        if not lock.acquire():
            return False
        lock.release()
        shutil.rmtree(generation, ignore_errors=True)
    return not generation.exists()
