"""`phi-assistant new-bot`: a file that describes a bot, to be changed."""

from __future__ import annotations

from typing import Annotated

import typer

from phi_assistant.cli.options import Collection, Config, Data, settings


def new_bot(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
) -> None:
    """Begin a bot: who answers, from which documents, in which manner. Writes a file that explains itself."""
    from phi_assistant.bots.finding import write_new

    chosen = settings(config, data=data, collection=collection)
    file = write_new(name, chosen.bots_folder, collection=chosen.collection)
    print(f"Wrote {file}: edit it, then phi-assistant chat --bot {name}")
