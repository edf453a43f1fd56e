"""The commands and their order."""

from __future__ import annotations

import typer

from phi_assistant.cli.ask import ask
from phi_assistant.cli.bots import new_bot
from phi_assistant.cli.chat import chat
from phi_assistant.cli.conversations import conversations
from phi_assistant.cli.demo import demo
from phi_assistant.cli.doctor import doctor
from phi_assistant.cli.eval import evaluate
from phi_assistant.cli.guard import DEBUG, guarded
from phi_assistant.cli.ingest import CONTEXT, ingest
from phi_assistant.cli.models import models
from phi_assistant.cli.reindex import reindex
from phi_assistant.cli.search import search
from phi_assistant.cli.serve import serve
from phi_assistant.cli.ui import ui

app = typer.Typer(
    help="Ask your own documents, on your own machine: cited answers, or a plain “they do not say”.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(epilog=DEBUG)(demo)
app.command(context_settings=CONTEXT)(ingest)
app.command(epilog=DEBUG)(ask)
app.command(epilog=DEBUG)(chat)
app.command(epilog=DEBUG)(search)
app.command("new-bot", epilog=DEBUG)(new_bot)
app.command("eval", epilog=DEBUG)(evaluate)
app.command(epilog=DEBUG)(reindex)
app.command(epilog=DEBUG)(serve)
app.command(epilog=DEBUG)(ui)
app.add_typer(conversations, name="conversations", epilog=DEBUG)
app.add_typer(models, name="models", epilog=DEBUG)
app.command(epilog=DEBUG)(doctor)


def main() -> None:
    """The command `phi-assistant`."""
    guarded(app, name="phi-assistant")
