"""A help desk to ask: the demo's documents in a data folder, tiny models beside the real embedder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tiny_phi import TinyModels

from ingest.run import run
from phi_assistant import Embedder, open_store
from phi_assistant.models.keeping import add

SUPPORT = Path(__file__).parents[1] / "demo" / "support"
COLLECTION = "demo-support"
RETURNS = "How long do I have to return something?"
"""A question that the documents answer."""


class _Unwatched:
    """Nobody looks at how far it is."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def fill(data: Path, embedder: Embedder) -> Path:
    """Puts the help pages into a data folder."""
    with closing(open_store(data / "collections" / COLLECTION, create=True)) as store:
        run([SUPPORT], store, lambda: embedder, _Unwatched())
    return data


def with_models(folder: Path, models: Path, tiny: TinyModels, *names: str) -> Path:
    """A models folder that has the embedder and tiny models by these names."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in models.iterdir():
        if each.is_dir() and not (folder / each.name).exists():
            (folder / each.name).symlink_to(each)
    for name in names:
        add(tiny.folder(name), folder, name=name)
    return folder


def copy(data: Path, place: Path) -> Path:
    """A data folder of one's own with the same documents."""
    return Path(shutil.copytree(data, place))
