"""`phi-assistant models`: which language models there are, which are here, and getting, adding and removing them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phi_assistant.cli.guard import DEBUG
from phi_assistant.cli.options import Config, Data, Json, settings
from phi_assistant.cli.progress import watching
from phi_assistant.errors import ConfigError
from phi_assistant.telemetry import silence_hub

if TYPE_CHECKING:
    from phi_assistant.settings import Settings

models = typer.Typer(
    help="Language models on this machine: what there is, what is here, how fast it is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Backend(StrEnum):
    """What runs a model."""

    onnx = "onnx"
    ollama = "ollama"


Name = Annotated[str, typer.Argument(metavar="NAME", help="Of a model, such as phi-3.5-mini.")]


@models.command("list", epilog=DEBUG)
def show(as_json: Json = False, data: Data = None, config: Config = None) -> None:
    """Show the Phi family, and what of it is here. What runs where, what it takes, and what an Ollama server has."""
    from phi_assistant.cli.model_table import as_dict, page
    from phi_assistant.cli.ollama import server_of
    from phi_assistant.models.folders import home, inventory

    chosen = settings(config, data=data)
    here, server = inventory(chosen.models_folder), server_of(chosen)
    if as_json:
        print(json.dumps(as_dict(here, home(chosen.models_folder), server), ensure_ascii=False, indent=2))
    else:
        page(here, home(chosen.models_folder), server)


@models.command(epilog=DEBUG)
def pull(
    name: Name,
    backend: Annotated[
        Backend, typer.Option(help="Who is to run it: ONNX Runtime, or an Ollama server.")
    ] = Backend.onnx,
    revision: Annotated[
        str | None, typer.Option(metavar="REV", help="A branch, tag or commit of the Hub; else the newest.")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Download a model. From the Hugging Face Hub or with an Ollama server; goes on where it was interrupted."""
    chosen = settings(config, data=data)
    if backend is Backend.ollama:
        _pull_with_ollama(name, chosen, revision)
    else:
        _pull_from_hub(name, chosen, revision)


def _pull_from_hub(name: str, chosen: Settings, revision: str | None) -> None:
    from rich.filesize import decimal

    silence_hub()
    from huggingface_hub.utils import logging

    from phi_assistant.models.hub import pull as fetch

    _say_what_it_reads(name)
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # what it logs would break the bar
    with _kept(f"phi-assistant models pull {name}"), watching() as watch:
        here = fetch(
            name, chosen.models_folder, revision=revision, on_progress=watch, on_wait=lambda: _say_waiting(name)
        )
    print(f"{here.name} is here: {decimal(here.size)} in {here.folder} ({here.source})")


def _pull_with_ollama(name: str, chosen: Settings, revision: str | None) -> None:
    from phi_assistant.models.ollama.pull import pull as fetch
    from phi_assistant.models.ollama.server import Server

    if revision:
        raise ConfigError(
            f"Ollama has no revisions of {name}, so --revision cannot be kept. Leave it out, or name a tag: NAME:TAG."
        )
    server = Server(chosen.ollama_address)
    with _kept(f"phi-assistant models pull {name} --backend ollama"), watching() as watch:
        there = fetch(name, server, watch)
    print(f"{there} is in the Ollama server at {server.url}")


@models.command(epilog=DEBUG)
def add(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A folder for ONNX Runtime GenAI, or one with such a folder in it.")
    ],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What it is to be called.")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Use a folder that is here already. It stays where it is: nothing is copied."""
    from rich.filesize import decimal

    from phi_assistant.models.keeping import add as keep

    here = keep(path, settings(config, data=data).models_folder, name=name)
    print(f"{here.name} is {here.folder} ({decimal(here.size)}): used where it is, not copied, so leave it there.")


@models.command(epilog=DEBUG)
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Delete a downloaded model, or forget an added one."""
    from rich.filesize import decimal

    from phi_assistant.models.keeping import remove as drop
    from phi_assistant.models.keeping import wanted

    folder = settings(config, data=data).models_folder
    here = wanted(name, folder)
    if here.origin == "added":
        question, done = (
            f"Forget {here.name}? {here.folder} itself stays.",
            f"{here.name} is forgotten; {here.folder} stays.",
        )
    else:
        freed = decimal(here.size)
        question, done = (
            f"Delete {here.name}, {freed} in {here.folder}?",
            f"{here.name} is deleted: {freed} are free again.",
        )
    if not yes and not typer.confirm(question):
        print("Nothing was changed.")
        raise typer.Exit(1)
    drop(here.name, folder)
    print(done)


@models.command(epilog=DEBUG)
def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a model that is here, or a path.")],
    as_json: Json = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Measure a model on this machine. Reading, writing, the first token, memory; about a minute."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.filesize import decimal

    from phi_assistant.models.onnx.bench import bench as measure

    folder, console = settings(config, data=data).models_folder, Console(stderr=True)
    with console.status("") as status:
        speed = measure(name, folder, on_step=status.update)
    if as_json:
        print(json.dumps(asdict(speed)))
        return
    writing = f"{speed.writing:7.1f} tokens a second" if speed.writing else "its answers are too short to measure"
    print(
        f"{speed.model}: loaded in {speed.load_s:.1f} s\n"
        f"  memory       {decimal(speed.memory)}, and {decimal(1024 * speed.token_memory)} for each 1,024 tokens of a "
        "conversation\n"
        f"  reading      {speed.reading:7.1f} tokens a second (prompts of {speed.prompt_tokens:,})\n"
        f"  writing      {writing}\n"
        f"  first token  {speed.first_token_cold:7.2f} s after a new prompt\n"
        f"               {speed.first_token_warm:7.2f} s after a follow-up of {speed.follow_up_tokens} tokens"
    )


@contextmanager
def _kept(command: str) -> Iterator[None]:
    """Says after Ctrl-C that nothing is lost, and what goes on from there."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"Interrupted. What has come is kept: `{command}` goes on from there.", err=True)
        raise


def _say_what_it_reads(name: str) -> None:
    """Before gigabytes are fetched for something else."""
    from phi_assistant.models.catalogue import OnHub, lookup

    known = lookup(name)
    if known and isinstance(known.onnx, OnHub) and known.onnx.text_only:
        typer.echo(f"{known.name}: text only. It answers texts here, and pictures are refused.", err=True)


def _say_waiting(name: str) -> None:
    typer.echo(f"Another process is downloading {name}: waiting for it.", err=True)
