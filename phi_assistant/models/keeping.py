"""Adding a folder that is elsewhere under a name, and removing what is no longer wanted.

An added folder is never copied and never deleted: only its path is kept.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.models.catalogue import lookup, near
from phi_assistant.models.folders import (
    OLD,
    PART,
    Here,
    added,
    folder_at,
    home,
    inventory,
    make_home,
    named,
    write_added,
)
from phi_assistant.models.integrity import flaw

_NAME = re.compile(r"[\w][\w.+-]{0,63}")


def add(path: Path, models: Path, *, name: str | None = None) -> Here:
    """Gives the model at this path a name, by which it is found from now on.

    Without one it is that of the catalogue, if a folder on the way to it has such a name, else the folder's own.
    Raises `ModelUnavailable` if there is no whole model, `ConfigError` for a name that is taken or cannot be one.
    """
    folder = folder_at(path)
    if why := flaw(folder):
        raise ModelUnavailable(f"The model in {folder} cannot be used: {why}. Mend it, then add it again.")
    chosen = _name_of(folder) if name is None else name
    if not _NAME.fullmatch(chosen) or chosen.endswith((PART, OLD)):
        raise ConfigError(
            f"A model cannot be called {chosen!r}: up to 64 letters, digits, - . _ and + make a name. "
            "Give another with `--name`."
        )
    with _list_lock(models):
        taken = named(chosen, models)
        if taken and taken.folder != folder:
            raise ConfigError(
                f"The name {taken.name!r} is taken by {taken.folder}. Give another with `--name`, or remove that one "
                f"with `phi-assistant models remove {taken.name}`."
            )
        write_added(models, {**added(models), chosen: str(folder)})
    return next(here for here in inventory(models) if here.name == chosen)


def remove(model: str, models: Path) -> Here:
    """Deletes what was downloaded under this name, or forgets the folder that was added; returns what it was.

    Raises `ModelUnavailable` if there is nothing of this name, or if it is being downloaded or used.
    """
    here = wanted(model, models)
    if here.origin == "added":
        with _list_lock(models):
            write_added(models, {name: path for name, path in added(models).items() if name != here.name})
        return here
    try:
        with FileLock(home(models) / f"{here.name}.lock", timeout=0):
            for folder in (here.folder, home(models) / f"{here.name}{PART}"):
                if folder.exists():
                    _delete(folder)
    except Timeout as exc:
        raise ModelUnavailable(
            f"The model {here.name!r} is being downloaded by another process. End that one with Ctrl-C first."
        ) from exc
    return here


def wanted(model: str, models: Path) -> Here:
    """What is here under this name. Raises `ModelUnavailable` if nothing is."""
    here = named(model, models)
    if here:
        return here
    names = [each.name for each in inventory(models)]
    there = f"Here are: {', '.join(names)}." if names else "No model is."
    meant = [name for name in near(model, others=names) if name in names]
    hint = f" Did you mean {meant[0]!r}?" if meant else ""
    raise ModelUnavailable(f"The model {model!r} is not on this machine. {there}{hint}")


def _name_of(folder: Path) -> str:
    """Of ".../Phi-3.5-mini-instruct-onnx/cpu_and_mobile/cpu-int4-…" it is "phi-3.5-mini"."""
    known = (lookup(part.removeprefix("models--").replace("--", "/")) for part in reversed(folder.parts))
    return next((model.name for model in known if model), folder.name)


def _delete(folder: Path) -> None:
    """Moved aside first, so that half of a model is never found under its name."""
    aside = folder.with_name(f"{folder.name}{OLD}")
    try:
        if aside.exists():
            shutil.rmtree(aside)  # of a removal that was interrupted
        folder.rename(aside)
        shutil.rmtree(aside)
    except OSError as exc:
        raise ModelUnavailable(
            f"The folder {folder} cannot be deleted ({exc.strerror}): a program may be using it. End it, then run "
            "this again."
        ) from exc


def _list_lock(models: Path) -> FileLock:
    return FileLock(make_home(models) / "added.lock")
