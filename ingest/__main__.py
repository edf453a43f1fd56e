"""`python -m ingest PATH…`: the command line of ingestion."""

from __future__ import annotations

import json
import sys
from functools import cache, partial
from pathlib import Path
from typing import Annotated

import typer

from phi_assistant.cli.guard import DEBUG, INTERRUPTED, guarded
from phi_assistant.cli.options import Collection, Config, Data, Json, Model, settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command("ingest", epilog=DEBUG)
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders or files.")],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read everything anew, and put it in place of what is stored.")] = False,
    embedder: Annotated[str | None, typer.Option(metavar="SPEC", help="What turns text into vectors.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Of the documents: en, de, fr ….")] = None,
    as_json: Json = False,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    config: Config = None,
) -> None:
    """Read documents into the store: new, changed and removed files, each once.

    Ends with 1 if a file could not be read; the others are stored all the same.
    """
    from ingest.progress import Bar
    from ingest.run import run
    from phi_assistant.application import embedder_of, store_to_fill

    chosen = settings(config, data=data, collection=collection, model=model, embedder=embedder, language=language)
    try:
        with store_to_fill(chosen, rebuild=rebuild) as store, Bar() as bar:
            report = run(paths, store, cache(partial(embedder_of, store, chosen)), bar)
    except KeyboardInterrupt:
        print("Stopped: every file is stored whole or not at all. Run the same command to go on.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for failure in report.failed:
            print(f"{failure.source}: {failure.reason}", file=sys.stderr)
        print(report)
    raise typer.Exit(1 if report.failed else 0)


if __name__ == "__main__":
    guarded(app, name="phi-assistant ingest")
