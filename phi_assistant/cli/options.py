"""Options that commands share, and how they become settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from phi_assistant.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Where documents and models are kept.")]
Collection = Annotated[
    str | None, typer.Option("--collection", metavar="NAME", help="Which set of documents is meant.")
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="SPEC", help="Who answers; the best available if not given.")
]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A TOML file of settings.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Batch = Annotated[
    Path | None,
    typer.Option(
        "--batch",
        metavar="FILE",
        help="JSON lines of {id, question, history}; “-” reads them from the input.",
    ),
]


def settings(config: Path | None, **flags: Any) -> Settings:
    """From the file, the environment and these flags; None is a flag that was not given."""
    from phi_assistant.settings import Settings

    return Settings.load(config, **flags)
