"""`phi-assistant eval`: questions with known answers, models side by side, a report, a gate."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phi_assistant.cli.guard import INTERRUPTED
from phi_assistant.cli.options import BotName, Collection, Config, Data, Json, assistant, bot_and_settings
from phi_assistant.errors import ConfigError, PhiAssistantError

if TYPE_CHECKING:
    from phi_assistant.bots import Bot
    from phi_assistant.evaluation.gate import Check
    from phi_assistant.evaluation.questions import QuestionSet
    from phi_assistant.evaluation.run import Evaluation, ModelRun
    from phi_assistant.evaluation.scoring import Ranking
    from phi_assistant.settings import Settings

Questions = Annotated[
    Path,
    typer.Argument(
        metavar="SET",
        help="A .csv or .jsonl of your own questions (columns question, answer, source, answerable), "
        "or a folder with queries.jsonl and the documents that they are about.",
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="SPEC", help="Who answers; repeat it to see several side by side."),
]
Gates = Annotated[
    list[str] | None,
    typer.Option(
        "--gate", metavar="GATE", help='What must be reached, else it ends with 1: "f1>=0.4", or a TOML file.'
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Ask at most so many, spread evenly over the set.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a report to look at and to mail.")]


def evaluate(
    questions: Questions,
    model: Models = None,
    bot: BotName = None,
    gate: Gates = None,
    limit: Limit = None,
    html: Html = None,
    as_json: Json = False,
    data: Data = None,
    collection: Collection = None,
    config: Config = None,
) -> None:
    """Measure answers on questions whose answers are known: yours, or a set with its own documents.

    Ends with 1 if a gate is not reached or a model could not be asked everything.
    """
    from phi_assistant.evaluation.gate import bounds_of, check

    bounds = bounds_of(gate or ())
    _check_writable(html)
    who, chosen = bot_and_settings(bot, config, data=data, collection=collection)
    specs = _checked(model or (), chosen)
    asked = _limited(_read(questions), limit)
    if asked.documents and collection:
        raise typer.BadParameter(f"{questions} brings its own documents; --collection is for questions about yours.")
    evaluation = _evaluate(asked, specs, who, chosen)
    checks = check(bounds, evaluation)
    _show(evaluation, checks, html, as_json=as_json)
    raise typer.Exit(_exit_code(evaluation, checks))


def _read(questions: Path) -> QuestionSet:
    from phi_assistant.evaluation.folder import read_folder
    from phi_assistant.evaluation.table import read_table

    return read_folder(questions) if questions.is_dir() else read_table(questions)


def _limited(asked: QuestionSet, limit: int | None) -> QuestionSet:
    count = len(asked.questions)
    if limit is None or limit >= count:
        return asked
    return replace(asked, questions=tuple(asked.questions[place * count // limit] for place in range(limit)))


def _check_writable(html: Path | None) -> None:
    """Before an hour of questions is asked for a report that cannot be written."""
    if html and (html.is_dir() or not html.absolute().parent.is_dir()):
        raise ConfigError(f"The report cannot be written to {str(html)!r}: name a file in a folder that exists.")


def _checked(specs: Sequence[str], chosen: Settings) -> list[str | None]:
    """Each spec once; None is the bot's or the settings' own.

    Raises `ConfigError` for one that names no model, and what keeps them from answering where none could; of several
    it is told at once, and the others are asked.
    """
    given = [*dict.fromkeys(specs)]
    missing = [exc for spec in given or filter(None, [chosen.model]) if (exc := _missing(spec, chosen))]
    if missing and len(missing) >= len(given):
        raise missing[0]
    for exc in missing:
        print(f"Cannot be asked: {exc}", file=sys.stderr)
    return [*given] or [None]


def _missing(spec: str, chosen: Settings) -> PhiAssistantError | None:
    """Why a model cannot be asked. Raises `ConfigError` for a spec that names none."""
    from phi_assistant.models.specs import check_there

    try:
        check_there(spec, chosen)
    except ConfigError:
        raise
    except PhiAssistantError as exc:
        return exc
    return None


def _evaluate(asked: QuestionSet, specs: Sequence[str | None], bot: Bot | None, chosen: Settings) -> Evaluation:
    from phi_assistant.evaluation import run

    with _documents(asked, chosen) as (settings, unread):
        asked, rankings = _ranked(asked, settings)
        runs: list[ModelRun] = []
        for spec in specs:
            runs.append(_run(spec, asked, bot, settings))
            if runs[-1].stopped == run.INTERRUPTED:
                break
    if not any(each.outcomes for each in runs):
        if runs[-1].stopped == run.INTERRUPTED:
            raise KeyboardInterrupt
        raise PhiAssistantError(runs[0].stopped)
    return run.Evaluation(asked, rankings, tuple(runs), unread)


@contextmanager
def _documents(asked: QuestionSet, chosen: Settings) -> Iterator[tuple[Settings, tuple[str, ...]]]:
    """The set's own documents, else those of the collection."""
    from phi_assistant.cli.eval_documents import ingested

    with ingested(asked, chosen) if asked.documents else nullcontext((chosen, ())) as found:
        yield found


def _ranked(asked: QuestionSet, settings: Settings) -> tuple[QuestionSet, tuple[Ranking | None, ...]]:
    """The set with its sources as the collection names them, and where they are found."""
    from phi_assistant.application import open_retriever
    from phi_assistant.cli.counting import counting
    from phi_assistant.evaluation.run import rank
    from phi_assistant.evaluation.sources import matched

    with open_retriever(settings) as retriever:
        if not asked.documents:
            asked = matched(asked, retriever.store.sources())
        with counting("retrieval", len(asked.questions)) as watch:
            return asked, rank(asked, retriever, watch)


def _run(spec: str | None, asked: QuestionSet, bot: Bot | None, settings: Settings) -> ModelRun:
    """One model, asked everything; one that cannot be opened was stopped before the first question."""
    from phi_assistant.cli.counting import counting
    from phi_assistant.evaluation import run

    named = settings.model_copy(update={"model": spec}) if spec else settings
    try:
        with assistant(named, bot) as opened, counting(opened.answerer.model, len(asked.questions)) as watch:
            return run.ask_all(opened, asked, watch)
    except KeyboardInterrupt:
        return run.ModelRun(spec or "the best model", (), run.INTERRUPTED)
    except PhiAssistantError as exc:
        return run.ModelRun(spec or "the best model", (), str(exc))


def _show(evaluation: Evaluation, checks: Sequence[Check], html: Path | None, *, as_json: bool) -> None:
    if html:
        _write(html, evaluation, checks)
    if as_json:
        from phi_assistant.evaluation.export import as_dict

        print(json.dumps(as_dict(evaluation, checks), ensure_ascii=False))
        return
    from rich.console import Console

    from phi_assistant.cli.eval_table import print_evaluation

    print_evaluation(evaluation, checks, Console(highlight=False, soft_wrap=True))
    print(f"Report: {html}" if html else "What went wrong, question by question: add --html report.html")


def _write(html: Path, evaluation: Evaluation, checks: Sequence[Check]) -> None:
    from datetime import datetime

    from phi_assistant import __version__
    from phi_assistant.evaluation.report import html_report

    page = html_report(evaluation, checks, made=datetime.now(), version=__version__)
    try:
        html.write_bytes(page.encode("utf-8", "replace"))
    except OSError as exc:
        raise ConfigError(f"The report cannot be written to {str(html)!r}: {exc.strerror or exc}.") from exc


def _exit_code(evaluation: Evaluation, checks: Sequence[Check]) -> int:
    from phi_assistant.evaluation import run

    if any(each.stopped == run.INTERRUPTED for each in evaluation.runs):
        return INTERRUPTED
    return 0 if evaluation.is_complete and all(each.passed for each in checks) else 1
