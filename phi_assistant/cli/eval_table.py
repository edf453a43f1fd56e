"""How an evaluation looks on a terminal: figures side by side, how the questions went, what stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from phi_assistant.evaluation.gate import Check
from phi_assistant.evaluation.report.page import Cell, Row, rows
from phi_assistant.evaluation.run import Evaluation, ModelRun
from phi_assistant.evaluation.summary import ANSWERS, COSTS, RETRIEVAL, model_figures, retrieval_figures


def print_evaluation(evaluation: Evaluation, checks: Sequence[Check], console: Console) -> None:
    """Everything but the questions."""
    figures = {run.model: model_figures(run) for run in evaluation.runs}
    console.print(f"{evaluation.questions.name}: {len(evaluation.questions.questions):,} questions", markup=False)
    if found := rows(RETRIEVAL, {"": retrieval_figures(evaluation)}):
        console.print(_table(found, ["retrieval"]))
    console.print(_table([*rows(ANSWERS, figures), *rows(COSTS, figures)], list(figures)))
    told = [*(line for run in evaluation.runs for line in _went(run)), *_amiss(evaluation), *map(str, checks)]
    console.print("\n".join(told), markup=False)


def _table(found: Sequence[Row], heads: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for head in heads:
        table.add_column(Text(head), justify="right")
        table.add_column("", no_wrap=True)
    for row in found:
        table.add_row(row.measure.title, *(text for cell in row.cells for text in _shown(cell)))
    return table


def _shown(cell: Cell) -> tuple[Text, Text]:
    """The figure, and between what it would lie with other questions."""
    return Text(cell.text, "bold" if cell.is_best else ""), Text(cell.between, "dim")


def _went(run: ModelRun) -> Iterator[str]:
    """How many questions went how, then those that failed."""
    counted = Counter(each.verdict for each in run.outcomes)
    yield ""
    yield f"{run.model}: {', '.join(f'{count:,} {verdict.title}' for verdict, count in counted.most_common())}"
    for each in run.outcomes:
        if each.answer is None:
            yield f"  failed: question {each.question.id}, {each.question.text}: {each.error}"


def _amiss(evaluation: Evaluation) -> Iterator[str]:
    """What the figures do not include."""
    asked = len(evaluation.questions.questions)
    for run in evaluation.runs:
        if run.stopped:
            yield f"Not complete: {run.model} was asked {len(run.outcomes):,} of {asked:,} questions ({run.stopped})."
    if evaluation.unread:
        yield f"{len(evaluation.unread)} documents of the set could not be read: {'; '.join(evaluation.unread)}"
