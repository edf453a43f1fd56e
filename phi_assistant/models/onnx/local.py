"""A model on this machine: its folder, how it is asked, and the process that holds it; one of each in this process."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any, Self

from phi_assistant.models.onnx.host import Host
from phi_assistant.models.onnx.lock import Lock
from phi_assistant.models.onnx.prompt import Prompts
from phi_assistant.models.onnx.shape import shape_of


class LocalModel:
    """What everyone who asks the same model shares. Its process ends with the last reference to it."""

    def __init__(self, folder: Path) -> None:
        """Reads what is small; the model itself is loaded by the first call. Raises `ModelUnavailable`."""
        self.folder = folder
        self.shape = shape_of(folder)
        self.prompts = Prompts(folder)
        self.host = Host(folder)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself: there is one of each."""
        return self


_models: weakref.WeakValueDictionary[Path, LocalModel] = weakref.WeakValueDictionary()
_lock = Lock()


def local_model(folder: Path) -> LocalModel:
    """The one for a folder. Raises `ModelUnavailable` if there is none in it."""
    folder = folder.resolve()
    with _lock:
        known = _models.get(folder)
    if known:
        return known
    read = LocalModel(folder)  # takes a moment, in which nobody who wants another is to wait
    with _lock:
        return _models.setdefault(folder, read)
