"""`pull`: a model of the catalogue, from the Hub into the models folder, whole or not at all.

Two pulls of one model take turns, also those of different processes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.catalogue import Missing, OnHub, lookup, near
from phi_assistant.models.folders import Here, make_home, named, without_onnx
from phi_assistant.models.hub.failures import told
from phi_assistant.models.hub.gathering import Watch, check_room, finish, gather, part_of
from phi_assistant.models.hub.repository import Repository
from phi_assistant.models.manifest import FILE, PLAN, Manifest


def pull(
    model: str,
    models: Path,
    *,
    revision: str | None = None,
    endpoint: str | None = None,
    on_progress: Watch = lambda progress: None,
    on_wait: Callable[[], None] = lambda: None,
) -> Here:
    """The model, downloaded unless it is here already; `on_wait` is called if another process is at it.

    Raises `ModelUnavailable`, with what to do, if it cannot be had; what has come is kept for the next try.
    """
    name, hub = _wanted(model)
    _refuse_added(name, models)
    target = make_home(models) / name
    with _turn(target.with_name(f"{name}.lock"), on_wait):
        if not _is_here(name, models, revision):
            part, repository = part_of(target), Repository(hub.repository, endpoint=endpoint)
            plan = _plan(part, repository, hub.folder, revision)
            if plan == Manifest.read(target / FILE):
                shutil.rmtree(part, ignore_errors=True)  # the revision that was asked for is the one that is here
            else:
                _complete(plan, part, target, repository, on_progress)
    here = named(name, models)
    if here is None or here.flaw:
        raise ModelUnavailable(
            f"{hub.repository} was downloaded to {target}, and is no model that can be used"
            f"{f': {here.flaw}' if here else ''}. Take another: `phi-assistant models list`."
        )
    return here


def _complete(plan: Manifest, part: Path, target: Path, repository: Repository, watch: Watch) -> None:
    check_room(plan, part)
    part.mkdir(exist_ok=True)
    plan.write(part / PLAN)
    with told(repository.name, repository.endpoint):
        gather(plan, part, repository, watch)
    finish(plan, part, target)


def _wanted(model: str) -> tuple[str, OnHub]:
    found = lookup(model)
    if not model.strip():
        raise ModelUnavailable("No model was named. `phi-assistant models list` shows those that can be downloaded.")
    if found is None:
        meant = near(model)
        hint = f"Did you mean {' or '.join(map(repr, meant))}?" if meant else "See `phi-assistant models list`."
        raise ModelUnavailable(f"There is no model {model!r} in the catalogue. {hint}")
    if isinstance(found.onnx, Missing):
        raise ModelUnavailable(without_onnx(found))
    return found.name, found.onnx


def _refuse_added(name: str, models: Path) -> None:
    here = named(name, models)
    if here and here.origin == "added":
        raise ModelUnavailable(
            f"The model {name!r} is here already: the folder {here.folder} was added under this name. To download it "
            f"all the same, forget that one first: `phi-assistant models remove {name}`."
        )


@contextmanager
def _turn(lock: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """One pull of a model at a time; the system gives the lock back when its process ends, however it ends."""
    turn = FileLock(lock)
    try:
        turn.acquire(timeout=0)
    except Timeout:
        on_wait()
        turn.acquire()
    try:
        yield
    finally:
        turn.release()


def _is_here(name: str, models: Path, revision: str | None) -> bool:
    here = named(name, models)
    manifest = Manifest.read(here.folder / FILE) if here else None
    return bool(
        here
        and here.origin == "pulled"
        and here.flaw is None
        and (revision is None or (manifest and manifest.revision.startswith(revision)))
    )


def _plan(part: Path, repository: Repository, folder: str, revision: str | None) -> Manifest:
    """That of the earlier try, so that all files are of one revision; else what the Hub has now."""
    plan = Manifest.read(part / PLAN)
    if plan is None or plan.repository != repository.name or (revision and not plan.revision.startswith(revision)):
        return repository.plan(folder, revision=revision)
    return plan
