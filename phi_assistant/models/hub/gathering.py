"""The files of one model while they come: gathered in "<name>.part", checked, then given the model's name.

Beside them is the plan: which revision, which files, which checksums. Whatever ends a download early, the next one
goes on with the same plan.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.filesize import decimal

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.folders import OLD, PART
from phi_assistant.models.hub.repository import Repository
from phi_assistant.models.hub.transfer import download, length, matches
from phi_assistant.models.integrity import flaw
from phi_assistant.models.manifest import FILE, PLAN, Listed, Manifest

_RESERVE = 50_000_000
"""Bytes that stay free on the disk."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull is."""

    step: str
    """The file that is being fetched, or "checking" and its name; empty at the end."""
    done: int
    """Bytes of all files that are here."""
    total: int


Watch = Callable[[Progress], None]


def part_of(target: Path) -> Path:
    """The folder to gather in, which may not be there yet.

    That of an earlier try, or a damaged model, whose good files are used again.
    """
    part, old = target.with_name(f"{target.name}{PART}"), target.with_name(f"{target.name}{OLD}")
    if old.exists():
        shutil.rmtree(old)
    if target.exists() and not part.exists() and flaw(target):
        target.rename(part)
        if (part / FILE).exists():
            (part / FILE).replace(part / PLAN)
    return part


def check_room(plan: Manifest, part: Path) -> None:
    """Raises `ModelUnavailable` if the disk has no room for what is still to come."""
    needed = sum(max(0, file.size - length(part / file.path)) for file in plan.files)
    free = shutil.disk_usage(part.parent).free
    if needed + _RESERVE > free:
        raise ModelUnavailable(
            f"The disk of {part.parent} has {decimal(free)} free, and {decimal(needed)} are needed. Make room, or "
            "keep models on another disk: set PHI_ASSISTANT_MODELS, or `models` in phi-assistant.toml."
        )


def gather(plan: Manifest, part: Path, repository: Repository, watch: Watch) -> None:
    """Brings every file, and compares it with its checksum."""
    done = 0
    for file in plan.files:
        _fetch(plan, file, part / file.path, repository, partial(_report, watch, plan, done))
        done += file.size
    _report(watch, plan, done, 0, "")


def _report(watch: Watch, plan: Manifest, before: int, have: int, step: str) -> None:
    watch(Progress(step, before + have, plan.size))


def _fetch(
    plan: Manifest, file: Listed, target: Path, repository: Repository, report: Callable[[int, str], None]
) -> None:
    """A file with the right checksum; one with a wrong one is fetched anew, once."""
    for _ in range(2):
        report(length(target), file.path)
        url, headers = repository.url(plan, file), repository.headers()
        download(file, target, url, headers, lambda have: report(have, file.path))
        report(file.size, f"checking {file.path}")
        if matches(file, target):
            return
        target.unlink()
    raise ModelUnavailable(
        f"{file.path} of {plan.repository} came twice with another checksum than the Hub lists: something on the way "
        "changes it, such as a proxy or a mirror. The other files are kept; run this again over another network."
    )


def finish(plan: Manifest, part: Path, target: Path) -> None:
    """Gives the folder its name; whatever had it until now goes when it has."""
    wanted = {part / file.path for file in plan.files}
    for left in [file for file in part.rglob("*") if file.is_file() and file not in wanted]:
        left.unlink()  # the plan, and files of another revision
    plan.write(part / FILE)
    old = target.with_name(f"{target.name}{OLD}")
    try:
        if target.exists():
            target.rename(old)
        part.rename(target)
    except OSError as exc:
        raise ModelUnavailable(
            f"The model is downloaded, but {target} cannot be replaced ({exc.strerror}): a program may be using it. "
            "End it, then run the same command again."
        ) from exc
    shutil.rmtree(old, ignore_errors=True)
