"""Where the models of this machine are: downloaded ones, folders that were added, and any folder by its path.

    <models>/onnx/phi-3.5-mini/          downloaded, whole
    <models>/onnx/phi-4-mini.part/       a download that was interrupted
    <models>/onnx/added.json             names for folders elsewhere

Reads only; see `keeping` for adding and removing, and `hub` for downloading.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from rich.filesize import decimal

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.catalogue import Missing, Model, OnHub, lookup, near
from phi_assistant.models.integrity import CONFIG, flaw
from phi_assistant.models.manifest import FILE, PLAN, Manifest

Origin = Literal["pulled", "added", "interrupted"]

PART, OLD = ".part", ".old"
"""Ends of the names of folders that are not models yet, or any more."""
_ADDED = "added.json"
_SHOWN = 5
"""Of several models beneath a folder, as many are named; whoever said "/" did not mean any."""
_DEEP = 4
"""Folders between a cache of the Hub and the model in it: snapshots, a revision, cpu_and_mobile, its own."""


@dataclass(frozen=True, slots=True)
class Here:
    """A model on this machine."""

    name: str
    folder: Path
    origin: Origin
    source: str
    """The repository and revision, or the path."""
    size: int
    """Bytes on the disk."""
    flaw: str | None
    """Why it cannot be used, as a clause."""


def home(models: Path) -> Path:
    """Where downloaded models are."""
    return models / "onnx"


def find(model: str, models: Path) -> Path:
    """The folder of a model: by its name or an alias, by the name it was added under, or by its path.

    Raises `ModelUnavailable`, with the command that repairs it, if it is not here or not whole.
    """
    here = named(model, models)
    if here:
        return _whole(here)
    if not model.strip():
        raise ModelUnavailable(
            "No model was named. Name one that is here, or its folder: `phi-assistant models list` shows them."
        )
    if lookup(model) is None and _is_path(model):
        folder = folder_at(Path(model))
        return _whole(Here(folder.name, folder, "added", str(folder), 0, flaw(folder)))
    raise ModelUnavailable(_not_here(model, models))


def place(model: str, models: Path) -> Path | None:
    """The folder that `find` would look at, without a look at whether it is whole; None if nothing is here.

    For those who ask often, or only want to know what the model is: `find` may read files for a second.
    """
    if found := _found(model, models):
        return found[1]
    if lookup(model) is not None or not _is_path(model):
        return None
    try:
        return folder_at(Path(model))
    except ModelUnavailable:
        return None


def make_home(models: Path) -> Path:
    """Where models are kept, made if need be. Raises `ModelUnavailable` if nothing can be written there."""
    folder = home(models)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as exc:
        raise ModelUnavailable(
            f"Nothing can be written to {folder} ({exc.strerror}), where models are kept. Mend its permissions, or "
            "name another folder: set PHI_ASSISTANT_MODELS, or `models` in phi-assistant.toml."
        ) from exc


def named(model: str, models: Path) -> Here | None:
    """What is here under this name, or under the one that the catalogue has for it."""
    found = _found(model, models)
    return _look(*found) if found else None


def inventory(models: Path) -> list[Here]:
    """What is here, whole or not, by name."""
    return [_look(name, *place) for name, place in sorted(_places(models).items())]


def added(models: Path) -> dict[str, str]:
    """The folders that were added: names and paths. Raises `ModelUnavailable` if the list cannot be read."""
    file = home(models) / _ADDED
    if not file.exists():
        return {}
    try:
        return {str(name): str(path) for name, path in json.loads(file.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError) as exc:
        raise ModelUnavailable(
            f"The list of added models, {file}, cannot be read ({exc}). Delete it, and add them again with "
            "`phi-assistant models add PATH`."
        ) from exc


def write_added(models: Path, folders: dict[str, str]) -> None:
    """Replaces the list, whole or not at all."""
    file = make_home(models) / _ADDED
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(folders, ensure_ascii=False, indent=1), "utf-8")
    draft.replace(file)


def folder_at(path: Path) -> Path:
    """The one GenAI folder at this path or beneath it, as in a copy of a repository of the Hub.

    Raises `ModelUnavailable` if there is none, or more than one.
    """
    path = path.expanduser().resolve()
    if not path.exists():
        raise ModelUnavailable(f"There is no folder {path}. Name one with a model, or `phi-assistant models pull` one.")
    if (path / CONFIG).exists():
        return path
    beneath = (file.parent for depth in range(1, _DEEP + 1) for file in path.glob("*/" * depth + CONFIG))
    try:
        found = list(islice(beneath, _SHOWN + 1))
    except OSError as exc:  # of a folder that went while it was looked into, as those of /proc do
        raise ModelUnavailable(f"No model can be looked for beneath {path} ({exc}). Name its own folder.") from exc
    if len(found) == 1:
        return found[0]
    if found:
        count = f"more than {_SHOWN}" if len(found) > _SHOWN else len(found)
        raise ModelUnavailable(
            f"There are {count} models beneath {path}. Name one of them, by its own folder:\n"
            + "\n".join(f"  {folder}" for folder in sorted(found[:_SHOWN]))
        )
    raise ModelUnavailable(
        f"There is no model of ONNX Runtime GenAI at {path}: neither it nor a folder beneath it holds {CONFIG}. "
        "Download one with `phi-assistant models pull phi-3.5-mini`."
    )


def bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _is_path(model: str) -> bool:
    try:
        return bool(model) and Path(model).expanduser().exists()
    except (OSError, RuntimeError):  # too long for a path; no such user
        return False


def _places(models: Path) -> dict[str, tuple[Path, Origin]]:
    """The names that are taken here; what is whole hides a download of a newer revision."""
    folders = [each for each in home(models).glob("*") if each.is_dir() and not each.name.endswith(OLD)]
    places: dict[str, tuple[Path, Origin]] = {
        each.name.removesuffix(PART): (each, "interrupted") for each in folders if each.name.endswith(PART)
    }
    places |= {name: (Path(path), "added") for name, path in added(models).items()}
    return places | {each.name: (each, "pulled") for each in folders if not each.name.endswith(PART)}


def _found(model: str, models: Path) -> tuple[str, Path, Origin] | None:
    known, places = lookup(model), _places(models)
    name = model if model in places or known is None else known.name
    return (name, *places[name]) if name in places else None


def _look(name: str, folder: Path, origin: Origin) -> Here:
    if not folder.is_dir():
        return Here(name, folder, origin, str(folder), 0, "its folder is gone")
    manifest = Manifest.read(folder / (PLAN if origin == "interrupted" else FILE))
    source = f"{manifest.repository} at {manifest.revision[:12]}" if manifest else str(folder)
    size = bytes_in(folder)
    if origin == "interrupted":
        of = f" of {decimal(manifest.size)}" if manifest else ""
        return Here(name, folder, origin, source, size, f"its download was interrupted, {decimal(size)}{of} are here")
    return Here(name, folder, origin, source, size, flaw(folder))


def _whole(here: Here) -> Path:
    if here.flaw is None:
        return here.folder
    if not here.folder.is_dir():
        repair = f"Put {here.folder} back, or forget it: `phi-assistant models remove {here.name}`."
    elif here.origin == "added":
        repair = f"Mend the folder {here.folder}, or take another: `phi-assistant models pull phi-3.5-mini`."
    else:
        repair = f"Fetch what is missing with `phi-assistant models pull {here.name}`."
    raise ModelUnavailable(f"The model {here.name!r} cannot be used: {here.flaw}. {repair}")


def without_onnx(model: Model) -> str:
    """What to do about a model of the family that ONNX Runtime has no files for."""
    why = model.onnx.why if isinstance(model.onnx, Missing) else ""
    return f"{model.title} cannot be run by ONNX Runtime on a processor ({why}). {model.elsewhere}"


def _not_here(model: str, models: Path) -> str:
    known = lookup(model)
    if known and isinstance(known.onnx, Missing):
        return without_onnx(known)
    whole = [here.name for here in inventory(models) if here.flaw is None]
    here_are = f" Here are: {', '.join(whole)}." if whole else ""
    if known and isinstance(known.onnx, OnHub):
        return (
            f"The model {known.name!r} is not on this machine. Download it ({decimal(known.onnx.size)}): "
            f"`phi-assistant models pull {known.name}`.{here_are}"
        )
    meant = near(model, others=whole)
    hint = f". Did you mean {' or '.join(map(repr, meant))}?" if meant else ", and no folder of that name."
    return f"There is no model {model!r}{hint}{here_are} `phi-assistant models list` shows all there are."
