"""An evaluation as JSON for programs; the keys are a contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from phi_assistant.evaluation.gate import Check
from phi_assistant.evaluation.run import Evaluation, ModelRun, Outcome
from phi_assistant.evaluation.summary import Figures, model_figures, retrieval_figures
from phi_assistant.schema import Answer

_PLACES = 4


def as_dict(evaluation: Evaluation, checks: Sequence[Check]) -> dict[str, Any]:
    """All figures, each model with every question, and the gate."""
    return {
        "set": evaluation.questions.name,
        "questions": len(evaluation.questions.questions),
        "complete": evaluation.is_complete,
        "unread": list(evaluation.unread),
        "retrieval": _figures(retrieval_figures(evaluation)),
        "models": [_model(run) for run in evaluation.runs],
        "gate": [_check(each) for each in checks],
    }


def _model(run: ModelRun) -> dict[str, Any]:
    counted = Counter(outcome.verdict for outcome in run.outcomes)
    return {
        "model": run.model,
        "asked": len(run.outcomes),
        **({"stopped": run.stopped} if run.stopped else {}),
        **_figures(model_figures(run)),
        "verdicts": {verdict.name.lower(): count for verdict, count in counted.most_common()},
        "outcomes": [_outcome(each) for each in run.outcomes],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    """Values, between what each would lie with other questions, and over how many it is taken."""
    return {
        "measures": {name: _rounded(figure.value) for name, figure in figures.items()},
        "intervals": {name: _ends(figure.interval) for name, figure in figures.items()},
        "over": {name: figure.over for name, figure in figures.items()},
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    scores = outcome.scores
    return {
        "id": outcome.question.id,
        "question": outcome.question.text,
        "verdict": outcome.verdict.name.lower(),
        **(_answer(outcome.answer) if outcome.answer else {"error": outcome.error}),
        "coverage": _rounded(scores.coverage),
        "f1": _rounded(scores.f1),
        "answer_recall": _rounded(scores.held),
        "citation_precision": _rounded(scores.citation_precision),
        "citation_recall": _rounded(scores.citation_recall),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "abstained": answer.abstained,
        **({"reason": answer.reason} if answer.reason else {}),
        "cited": list(dict.fromkeys(citation.source for citation in answer.citations)),
        "unsupported_sentences": list(answer.unsupported),
        "first_token_s": _rounded(answer.timings.first_token_s),
        "total_s": _rounded(answer.timings.total_s),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "bound": str(check.bound),
        "measure": check.bound.measure,
        **({"model": check.model} if check.model else {}),
        "measured": _rounded(check.measured),
        "passed": check.passed,
    }


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else [round(end, _PLACES) for end in interval]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _PLACES)
