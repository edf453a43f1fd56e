"""`python -m ingest PATH…`: the command line of ingestion."""

from __future__ import annotations

import json
import sys
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phi_assistant.cli.guard import DEBUG, INTERRUPTED, guarded
from phi_assistant.cli.options import Collection, Config, Data, Json, settings

if TYPE_CHECKING:
    from ingest.report import Report

_LIMITS = (
    "Limits of time, memory and size are settings: file_seconds, file_memory, file_bytes, file_text, file_pages and "
    "file_unpacked, in phi-assistant.toml or as PHI_ASSISTANT_FILE_SECONDS and so on."
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command("ingest", epilog=f"{_LIMITS} {DEBUG}")
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH", help="Folders or files.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read everything anew, and put it in place of what is stored.")
    ] = False,
    embedder: Annotated[str | None, typer.Option(metavar="SPEC", help="What turns text into vectors.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Of the documents: en, de, fr ….")] = None,
    ocr_languages: Annotated[
        str | None,
        typer.Option(
            "--ocr-languages", "--ocr-language", metavar="CODES", help="Of scans, as Tesseract names them: eng+deu."
        ),
    ] = None,
    password: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="For encrypted files. Others on this machine may see it; better use a file. Repeatable.",
        ),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Passwords for encrypted files, one a line.")
    ] = None,
    loader: Annotated[
        str | None, typer.Option(metavar="MODULE:CLASS", help="A LangChain document loader to take documents from.")
    ] = None,
    loader_arg: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="What the loader is made with; text, a number, JSON. Repeatable."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Read files anew that have not changed.")] = False,
    as_json: Json = False,
    events: Annotated[
        bool, typer.Option("--events", help="Print a line of JSON for each step, and the report as the last one.")
    ] = False,
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
) -> None:
    """Read documents into the store: new, changed and removed files, each once.

    Ends with 1 if a file could not be read; the others are stored all the same.
    """
    from ingest.flags import limits_of, loaders_of, options_of
    from ingest.progress import Bar, Lines
    from ingest.run import run
    from ingest.sources.walk import check_some, check_there
    from phi_assistant.application import embedder_of, store_to_fill
    from phi_assistant.store import holds_documents

    if not (paths or loader):
        raise typer.BadParameter("Name a folder or a file, or a loader with `--loader`.")
    chosen = settings(
        config,
        data=data,
        collection=collection,
        embedder=embedder,
        language=language,
        ocr_languages=ocr_languages,
    )
    options, loaders = options_of(chosen, password or (), password_file), loaders_of(loader, loader_arg or ())
    check_there(paths or ())  # before a collection is begun for nothing
    if paths and not (loader or holds_documents(chosen.collection_folder)):
        check_some(paths)
    try:
        with store_to_fill(chosen, rebuild=rebuild) as store, Lines() if events else Bar() as shown:
            report = run(
                paths or (),
                store,
                cache(partial(embedder_of, store, chosen)),
                shown,
                loaders=loaders,
                options=options,
                limits=limits_of(chosen),
                workers=chosen.workers,
                again=again,
            )
    except KeyboardInterrupt:
        print("Stopped: every file is stored whole or not at all. Run the same command to go on.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if events:
        print(json.dumps({"event": "report", **report.as_json()}, ensure_ascii=False))
    else:
        _show(report, as_json=as_json)
    raise typer.Exit(1 if report.failed else 0)


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
        return
    for failure in report.failed:
        print(failure, file=sys.stderr)
    for problem in report.incomplete:
        print(f"{problem} The rest is stored.", file=sys.stderr)
    print(report)


if __name__ == "__main__":
    guarded(app, name="phi-assistant ingest")
