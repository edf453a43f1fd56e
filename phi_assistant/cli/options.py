"""Options that commands share, and how they become settings."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from phi_assistant.assistant import Assistant
    from phi_assistant.bots import Bot
    from phi_assistant.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Where documents and models are kept.")]
Collection = Annotated[
    str | None, typer.Option("--collection", metavar="NAME", help="Which set of documents is meant.")
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="SPEC", help="Who answers; the best available if not given.")
]
BotName = Annotated[
    str | None,
    typer.Option("--bot", metavar="NAME", help="Who answers and from what: support, tutor, or one of your own."),
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


def data_flag(data: Path | None) -> str:
    """The flag as it is typed once more, with a blank before it; quoted for bash, zsh and PowerShell alike."""
    return f" --data {shlex.quote(str(data))}" if data else ""


@contextmanager
def assistant(chosen: Settings, bot: Bot | None) -> Iterator[Assistant]:
    """The assistant of these settings, as a bot if one was named."""
    from phi_assistant.application import open_assistant
    from phi_assistant.bots.opening import open_bot

    with open_bot(bot, chosen) if bot else open_assistant(chosen) as opened:
        yield opened


def bot_and_settings(name: str | None, config: Path | None, **flags: Any) -> tuple[Bot | None, Settings]:
    """The bot of this name, and the settings with what it says; flags win over it."""
    chosen = settings(config, **flags)
    if name is None:
        return None, chosen
    from phi_assistant.bots import find
    from phi_assistant.bots.opening import settings_of

    bot = find(name, [chosen.bots_folder])
    own = {flag: value for flag, value in flags.items() if value is not None}
    return bot, settings_of(bot, chosen).model_copy(update=own)


def settings(config: Path | None, **flags: Any) -> Settings:
    """From the file, the environment and these flags; None is a flag that was not given."""
    from phi_assistant.settings import Settings

    return Settings.load(config, **flags)
