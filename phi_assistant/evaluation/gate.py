"""Gates: numbers that an evaluation must reach, for a CI.

    f1>=0.4, refusals_wrong<=0.05          written out
    gate.toml: [gate] f1 = 0.4             or in a file: at least for what should be high, at most for the rest

Of several models each must reach them. What a set cannot measure is not reached.
"""

from __future__ import annotations

import operator
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from phi_assistant.errors import ConfigError
from phi_assistant.evaluation.run import Evaluation
from phi_assistant.evaluation.summary import MEASURES, RETRIEVAL, Figures, model_figures, retrieval_figures

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_BOUND = re.compile(r"\s*(?P<name>[\w@-]+)\s*(?P<sign>[<>]=?)\s*(?P<value>\d*\.?\d+)\s*")
_KNOWN = {measure.name: measure for measure in MEASURES}
_OF_RETRIEVAL = frozenset(measure.name for measure in RETRIEVAL)


@dataclass(frozen=True, slots=True)
class Bound:
    """A number that is asked for."""

    measure: str
    sign: str
    value: float

    def __str__(self) -> str:
        return f"{self.measure} {self.sign} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Check:
    """A bound held against what was measured."""

    bound: Bound
    model: str
    """Empty for what does not depend on a model."""
    measured: float | None

    @property
    def passed(self) -> bool:
        return self.measured is not None and _SIGNS[self.bound.sign](self.measured, self.bound.value)

    def __str__(self) -> str:
        measured = "this set cannot measure it" if self.measured is None else f"{self.measured:.4g}"
        whose = f", {self.model}" if self.model else ""
        return f"{'passed' if self.passed else 'failed'}: {self.bound} ({measured}{whose})"


def bounds_of(gates: Iterable[str]) -> list[Bound]:
    """The bounds of expressions and files. Raises `ConfigError` for what cannot be read, and for unknown measures."""
    return [bound for gate in gates for bound in _bounds(gate)]


def check(bounds: Iterable[Bound], evaluation: Evaluation) -> list[Check]:
    """Each bound for each model; those of retrieval once."""
    found = retrieval_figures(evaluation)
    models = {run.model: model_figures(run) for run in evaluation.runs}
    checks: list[Check] = []
    for bound in bounds:
        figures: Mapping[str, Figures] = {"": found} if bound.measure in _OF_RETRIEVAL else models
        checks += [Check(bound, model, each[bound.measure].value) for model, each in figures.items()]
    return checks


def _bounds(gate: str) -> list[Bound]:
    if "<" in gate or ">" in gate:
        return [_bound(part) for part in gate.split(",") if part.strip()]
    try:
        table = tomllib.loads(Path(gate).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError(
            f'The gate {gate!r} cannot be read as a file: {exc}. Write `--gate "f1>=0.4"`, or name a TOML file with '
            "a table [gate]."
        ) from exc
    given = table.get("gate")
    if not isinstance(given, dict) or not given:
        raise ConfigError(f"The file {gate!r} has no table [gate] with numbers in it. Write [gate], then f1 = 0.4.")
    return [_from_file(name, value) for name, value in given.items()]


def _bound(text: str) -> Bound:
    match = _BOUND.fullmatch(text)
    if not match:
        raise ConfigError(f'The gate {text.strip()!r} cannot be read. Write a measure, a sign, a number: "f1>=0.4".')
    return Bound(_checked(match["name"]), match["sign"], float(match["value"]))


def _from_file(name: str, value: Any) -> Bound:
    """A number alone is the least, or where less is better the most; a text has its sign."""
    if isinstance(value, str):
        return _bound(f"{name}{value}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f'The gate {name!r} cannot be {value!r}. Write a number, or a text such as ">=0.4".')
    sign = ">=" if _KNOWN[_checked(name)].better == "higher" else "<="
    return Bound(name, sign, float(value))


def _checked(name: str) -> str:
    if name in _KNOWN:
        return name
    near = get_close_matches(name, _KNOWN, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise ConfigError(f"There is no measure {name!r} for a gate. {hint}Known are {', '.join(_KNOWN)}.")
