"""`phi-assistant reindex`: the stored documents under another embedder, language or format."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from phi_assistant.cli.options import Collection, Config, Data, Json, settings


def reindex(
    embedder: Annotated[str | None, typer.Option(metavar="SPEC", help="What is to turn text into vectors.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Of the documents: en, de, fr ….")] = None,
    as_json: Json = False,
    events: Annotated[
        bool, typer.Option("--events", help="Print a line of JSON for each step, and the outcome as the last one.")
    ] = False,
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
) -> None:
    """Index what is stored anew: with another embedder or language, after an upgrade, or to a Chroma server.

    Works from the stored text, without the files. The earlier index answers until the new one is whole; an
    interrupted run goes on where it was.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from phi_assistant.embeddings import open_embedder
    from phi_assistant.reindex import reindex as index_anew

    chosen = settings(config, data=data, collection=collection)
    columns = TextColumn("Indexing"), BarColumn(), MofNCompleteColumn(), TextColumn("sources"), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("")
        done = index_anew(
            chosen.collection_folder,
            partial(open_embedder, models=chosen.models_folder, ollama=chosen.ollama_address),
            embedder=embedder,
            language=language,
            chroma=chosen.chroma,
            progress=_tell if events else lambda done, total: bars.update(task, completed=done, total=total),
        )
    if events:
        print(json.dumps({"event": "report", **asdict(done)}))
    elif as_json:
        print(json.dumps(asdict(done)))
    else:
        print(f"{done.sources} sources, {done.chunks:,} chunks: now with {done.embedder}, {done.language}")


def _tell(done: int, total: int) -> None:
    print(json.dumps({"event": "indexed", "done": done, "total": total}), flush=True)
