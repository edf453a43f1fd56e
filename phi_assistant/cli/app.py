"""The commands and their order."""

from __future__ import annotations

import typer

from phi_assistant.cli import ask, chat, demo, doctor, ingest, search
from phi_assistant.cli.guard import guarded

app = typer.Typer(
    help="Ask your own documents, on your own machine: cited answers, or a plain “they do not say”.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(demo.demo)
app.command(context_settings=ingest.CONTEXT)(ingest.ingest)
app.command()(ask.ask)
app.command()(chat.chat)
app.command()(search.search)
app.command()(doctor.doctor)


def main() -> None:
    """The command `phi-assistant`."""
    guarded(app, name="phi-assistant")
