"""`phi-assistant conversations`: what was kept of earlier chats; listed, read, searched, exported and removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phi_assistant.cli.guard import DEBUG
from phi_assistant.cli.kept import SHORT, kept_so_far, named
from phi_assistant.cli.options import Config, Data, Json, settings
from phi_assistant.errors import ConfigError

if TYPE_CHECKING:
    from phi_assistant.conversations.values import Conversation

conversations = typer.Typer(
    help="Earlier conversations: list, read, search, export, rename and delete them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="Of a conversation; its beginning is enough.")]
Many = Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many at most.")]


@conversations.command("list", epilog=DEBUG)
def show_list(many: Many = 20, as_json: Json = False, data: Data = None, config: Config = None) -> None:
    """List the newest conversations."""
    with kept_so_far(settings(config, data=data)) as mine:
        _print_list(mine.recent(limit=many), as_json=as_json, none="No conversation is kept.")


@conversations.command(epilog=DEBUG)
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="All of them must occur.")],
    many: Many = 20,
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Find conversations by words. In titles, questions and answers; case and accents do not count."""
    with kept_so_far(settings(config, data=data)) as mine:
        found = mine.search(" ".join(words), limit=many)
    _print_list(found, as_json=as_json, none="No conversation holds all of these words.")


@conversations.command(epilog=DEBUG)
def show(id_: Id, data: Data = None, config: Config = None) -> None:
    """Read a conversation, with what its answers stand on."""
    from rich.console import Console

    from phi_assistant.cli.show import print_message

    console = Console(highlight=False, soft_wrap=True)
    with kept_so_far(settings(config, data=data)) as mine:
        found = mine.find(id_)
        said = mine.messages(found.id)
    console.print(f"{named(found)}, {_about(found)}", style="dim", markup=False)
    for message in said:
        print_message(message, console)


@conversations.command(epilog=DEBUG)
def export(
    id_: Id,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON for programs, not Markdown.")] = False,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write this file; else it is printed.")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Give out a conversation as Markdown, or as JSON."""
    with kept_so_far(settings(config, data=data)) as mine:
        text = mine.export(mine.find(id_).id, "json" if as_json else "markdown")
    if to is None:
        print(text, end="")
        return
    try:
        to.write_text(text, "utf-8")
    except OSError as exc:
        raise ConfigError(
            f"The file {str(to)!r} cannot be written: {exc.strerror or exc}. Name another with `--to FILE`."
        ) from exc


@conversations.command(epilog=DEBUG)
def rename(
    id_: Id,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What it is to be called.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Give a conversation another title."""
    with kept_so_far(settings(config, data=data)) as mine:
        found = mine.find(id_)
        mine.rename(found.id, title)
        print(f"{named(found)} is now {named(mine.get(found.id))}")


@conversations.command(epilog=DEBUG)
def delete(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Of conversations.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All conversations.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Delete conversations, with all that belongs to them. It cannot be undone."""
    if bool(ids) == everything:
        raise typer.BadParameter("name conversations by their ids, or all of them by --all")
    with kept_so_far(settings(config, data=data)) as mine:
        found = [mine.find(each) for each in ids or []]
        which = ", ".join(map(named, found)) or "all conversations"
        if not yes and not typer.confirm(f"Delete {which}?"):
            print("Nothing was changed.")
            raise typer.Exit(1)
        if everything:
            print(f"Deleted: {mine.clear()} conversations.")
            return
        for each in found:
            mine.delete(each.id)
    print(f"Deleted: {which}.")


def _print_list(found: Sequence[Conversation], *, as_json: bool, none: str) -> None:
    from phi_assistant.conversations.exporting import about

    if as_json:
        print(json.dumps([{**about(each), "length": each.length} for each in found], ensure_ascii=False, indent=2))
    elif found:
        _print_table(found)
    else:
        print(none)


def _print_table(found: Sequence[Conversation]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for header in ("Id", "Last said", "With"):
        table.add_column(header, no_wrap=True)
    table.add_column("Messages", justify="right", no_wrap=True)
    table.add_column("Title")
    for each in found:
        table.add_row(each.id[:SHORT], _when(each), each.bot or each.collection, str(each.length), each.title)
    Console(highlight=False, markup=False).print(table)


def _about(conversation: Conversation) -> str:
    """The rest that a person wants to know: with whom, and when."""
    return f"with {conversation.bot or conversation.collection}, {_when(conversation)}"


def _when(conversation: Conversation) -> str:
    """The time where its reader is."""
    return f"{conversation.updated.astimezone():%Y-%m-%d %H:%M}"
