"""The documents of a set, ingested as `phi-assistant ingest` does it, into a data folder that is thrown away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

import typer

from phi_assistant.cli.ingest import run_ingest

if TYPE_CHECKING:
    from phi_assistant.evaluation.questions import QuestionSet
    from phi_assistant.settings import Settings

_COLLECTION = "eval"


@contextmanager
def ingested(chosen: QuestionSet, settings: Settings) -> Iterator[tuple[Settings, tuple[str, ...]]]:
    """The settings under which the set's documents are found, and what could not be read of them.

    Models stay where they are. Raises `ConfigError` where only the library is installed, and `typer.Exit` if the
    documents could not be stored, after the program that stores them has said why.
    """
    from phi_assistant.evaluation.folder import write_documents

    with TemporaryDirectory(prefix="phi-assistant-eval-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch)
        write_documents(chosen, place / "documents")
        own = settings.model_copy(
            update={"data": place / "data", "models": settings.models_folder, "collection": _COLLECTION}
        )
        yield own, _ingest(place, own)


def _ingest(place: Path, own: Settings) -> tuple[str, ...]:
    (place / "settings.toml").write_text(_as_toml(own), "utf-8")
    flags = ["--data", str(own.data), "--collection", own.collection, "--config", str(place / "settings.toml")]
    with TemporaryFile() as output:
        code = run_ingest([str(place / "documents"), *flags, "--json"], output)
        output.seek(0)
        said = output.read()
    if not said:
        raise typer.Exit(code)
    return tuple(f"{failure['source']}: {failure['reason']}" for failure in json.loads(said)["failed"])


def _as_toml(settings: Settings) -> str:
    """Every setting that is set, as far as reading documents may want it: TOML writes these values as JSON does."""
    known = settings.model_dump(mode="json", exclude={"database"}, exclude_none=True)
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in known.items())
