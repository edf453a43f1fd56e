"""`phi-assistant demo`: two small sets of invented documents, and six questions to them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from phi_assistant.cli.ingest import run_ingest
from phi_assistant.cli.options import Config, Data, Model, data_flag, settings
from phi_assistant.errors import ConfigError
from phi_assistant.schema import Turn

if TYPE_CHECKING:
    from rich.console import Console

    from phi_assistant.settings import Settings

DOCUMENTS = Path(__file__).parents[2] / "demo"
"""In a checkout; the installed package comes without them."""


@dataclass(frozen=True, slots=True)
class Question:
    """One of the six."""

    collection: str
    text: str
    follow_up: bool
    expect: str
    """Either "answer" or "refuse"."""


def demo(data: Data = None, model: Model = None, config: Config = None) -> None:
    """See it work: invented documents, six questions, sources; one is a follow-up, one has no answer."""
    from rich.console import Console

    if not (DOCUMENTS / "questions.toml").exists():
        raise ConfigError(
            "The demo's documents are not part of the installed package. Get the whole project, and in its "
            'folder run `pip install -e ".[embedded,ingest]"`; then `phi-assistant demo`.'
        )
    console = Console(highlight=False, soft_wrap=True)
    for name, questions in groupby(read_questions(), key=lambda question: question.collection):
        chosen = settings(config, data=data, model=model, collection=f"demo-{name}")
        _ingest(DOCUMENTS / name, chosen, config, console)
        _ask(list(questions), chosen, console)
    console.print(
        f'\nAsk your own question: phi-assistant ask --collection demo-support{data_flag(data)} "Can I pay by invoice?"'
        "\nUse your own documents: phi-assistant ingest FOLDER, then phi-assistant chat",
        markup=False,
    )


def read_questions() -> list[Question]:
    """The questions of the demo, in order."""
    table = tomllib.loads((DOCUMENTS / "questions.toml").read_text("utf-8"))
    return [Question(**question) for question in table["question"]]


def _ingest(folder: Path, chosen: Settings, config: Path | None, console: Console) -> None:
    console.print(f"\n── {folder.name}: reading {folder} ──", style="cyan", markup=False)
    console.file.flush()
    flags = ["--data", str(chosen.data), "--collection", chosen.collection]
    code = run_ingest([str(folder), *flags, *(["--config", str(config)] if config else [])])
    if code:
        raise typer.Exit(code)


def _ask(questions: list[Question], chosen: Settings, console: Console) -> None:
    from phi_assistant.application import open_assistant
    from phi_assistant.cli.show import print_answer

    history: list[Turn] = []
    with open_assistant(chosen) as assistant:
        for question in questions:
            history = history if question.follow_up else []
            console.print(f"\n> {question.text}", style="green", markup=False)
            answer = assistant.ask(question.text, history)
            print_answer(answer, console)
            history = [*history, *answer.turns]
