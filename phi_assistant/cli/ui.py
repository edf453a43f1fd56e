"""`phi-assistant ui`: starts the front end, which comes with the checkout and not the wheel."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phi_assistant.cli.options import Collection, Config, Data, Model, settings
from phi_assistant.cli.sibling import ended, started
from phi_assistant.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from phi_assistant.settings import Settings

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::")


def ui(
    port: Annotated[int, typer.Option(metavar="PORT", help="Where it listens.", min=0, max=65535)] = 8501,
    address: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where it listens: this machine alone, or 0.0.0.0 for others too, who then have to sign in.",
        ),
    ] = LOOPBACK,
    browser: Annotated[bool, typer.Option(help="Open it in the browser.")] = True,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    config: Config = None,
) -> None:
    """Open the assistant in your browser: ask, add documents, compare models, get them. Ends with Ctrl-C."""
    app = _program()
    chosen = settings(config, data=data, collection=collection, model=model)
    raise typer.Exit(_run(app, chosen, config, flags=_flags(port, address, browser, chosen)))


def _program() -> Path:
    """The file that Streamlit runs. Raises `ConfigError` where only the library is installed, and `MissingExtra`."""
    found = find_spec("ui.gate")
    if found is None or found.origin is None:
        raise ConfigError(
            "The front end is not part of the installed package. Get the whole project, and in its folder run "
            '`pip install -e ".[embedded,ingest,ui]"`; then `phi-assistant ui` works anywhere.'
        )
    if find_spec("streamlit") is None:
        raise MissingExtra("streamlit", extra="ui", purpose="The front end")
    return Path(found.origin).parents[1] / "app.py"


def _flags(port: int, address: str, browser: bool, chosen: Settings) -> list[str]:
    megabytes = max(1, chosen.file_bytes // 1_000_000)
    shown = "localhost" if address in EVERYWHERE else address  # else Streamlit asks somebody elsewhere where it is
    return [
        f"--server.port={port}",
        f"--server.address={address}",
        f"--browser.serverAddress={shown}",
        f"--server.headless={str(not browser).lower()}",
        f"--server.maxUploadSize={megabytes}",
    ]


def _run(app: Path, chosen: Settings, config: Path | None, *, flags: list[str]) -> int:
    """The exit code of the front end, which is given the settings as variables."""
    given = {"DATA": str(chosen.data.absolute()), "COLLECTION": chosen.collection, "MODEL": chosen.model}
    own = {f"PHI_ASSISTANT_{name}": value for name, value in given.items() if value}
    if config:
        own["PHI_ASSISTANT_CONFIG"] = str(config.absolute())
    return ended(started(["-m", "streamlit", "run", str(app), *flags], environment={**os.environ, **own}))
