"""The page: figures, charts and faults, put into the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from phi_assistant.evaluation.gate import Check
from phi_assistant.evaluation.report.charts import HEIGHT, LEFT, RIGHT, WIDTH, plots, stack
from phi_assistant.evaluation.report.faults import faults_of
from phi_assistant.evaluation.run import Evaluation
from phi_assistant.evaluation.summary import (
    ANSWERS,
    COSTS,
    RETRIEVAL,
    Figure,
    Figures,
    Measure,
    model_figures,
    retrieval_figures,
)

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is shown."""

    text: str
    between: str
    """The two numbers of its interval; empty where it has none."""
    over: int
    share: float | None
    """How long its bar is, 0 to 1; None has no bar."""
    is_best: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A measure with a cell for each model."""

    measure: Measure
    cells: tuple[Cell, ...]


def html_report(evaluation: Evaluation, checks: Sequence[Check], *, made: datetime, version: str) -> str:
    """One HTML file."""
    models = {run.model: model_figures(run) for run in evaluation.runs}
    return _template().render(
        evaluation=evaluation,
        models=list(models),
        questions=len(evaluation.questions.questions),
        checks=checks,
        made=f"{made:%Y-%m-%d %H:%M}",
        version=version,
        retrieval=rows(RETRIEVAL, {"": retrieval_figures(evaluation)}),
        answers=rows(ANSWERS, models),
        costs=rows(COSTS, models),
        stacks=[(run, stack(run)) for run in evaluation.runs],
        plots=plots(evaluation),
        faults=[(run, faults_of(run, evaluation)) for run in evaluation.runs],
        size={"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT},
    )


def rows(measures: Sequence[Measure], models: Mapping[str, Figures]) -> list[Row]:
    """Those measures that have a number for at least one of the models."""
    table = [(measure, [figures[measure.name] for figures in models.values()]) for measure in measures]
    return [
        Row(measure, tuple(_cell(measure, figure, figures) for figure in figures))
        for measure, figures in table
        if any(figure.value is not None for figure in figures)
    ]


def shown(measure: Measure, value: float | None) -> str:
    """A value as people read it: ".432", "1.24 s", "812"."""
    if value is None:
        return "–"
    if measure.unit == "seconds":
        return f"{value:.3g} s"
    return f"{value:,.0f}" if measure.unit == "tokens" else f"{value:.3f}"


def _cell(measure: Measure, figure: Figure, others: Sequence[Figure]) -> Cell:
    text = shown(measure, figure.value)
    between = "–".join(shown(measure, end) for end in figure.interval or ())
    share = figure.value if measure.unit == "share" else None
    return Cell(text, between, figure.over, share, _is_best(measure, text, others))


def _is_best(measure: Measure, text: str, others: Sequence[Figure]) -> bool:
    """Better than another as it is shown; nobody is best alone, or where all are the same, or by words written."""
    values = [figure.value for figure in others if figure.value is not None]
    if measure.unit == "tokens" or not values or len({shown(measure, value) for value in values}) == 1:
        return False
    return text == shown(measure, max(values) if measure.better == "higher" else min(values))


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    here = resources.files(__package__)
    environment.globals["style"] = here.joinpath("style.css").read_text("utf-8")
    return environment.from_string(here.joinpath("page.html").read_text("utf-8"))
