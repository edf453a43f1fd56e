"""`phi-assistant ingest`: starts the program `ingest`, which comes with the checkout and not the wheel."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import IO

import typer

from phi_assistant.cli.sibling import ended, started
from phi_assistant.errors import ConfigError

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Every flag is the program's own, `--help` among them."""


def ingest(context: typer.Context) -> None:
    """Read documents into the store: new, changed and removed files, each once."""
    raise typer.Exit(run_ingest(context.args))


def run_ingest(arguments: list[str], output: IO[bytes] | None = None) -> int:
    """The exit code of `python -m ingest` with these arguments; what it prints goes to `output`, if one is given.

    Raises `ConfigError` where only the library is installed.
    """
    if find_spec("ingest") is None:
        raise ConfigError(
            "Reading documents is not part of the installed package. Get the whole project, and in its folder "
            'run `pip install -e ".[ingest]"`; then `phi-assistant ingest FOLDER` works anywhere.'
        )
    debug = ["--debug"] if logging.getLogger().isEnabledFor(logging.DEBUG) else []  # taken off by `guarded`
    return ended(started(["-m", "ingest", *arguments, *debug], output=output))
