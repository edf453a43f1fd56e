"""What embedding models want before a question and before a passage; a model that is asked without finds less.

The facts are in `prefixes.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Of one model, or of several that are alike."""

    names: tuple[str, ...] = ()
    query: str = ""
    document: str = ""


def prefixes_of(name: str) -> Prefixes:
    """By the name that a model has anywhere.

    >>> prefixes_of("nomic-embed-text:v1.5").query
    'search_query: '
    """
    plain = name.lower().replace("_", "-")
    return next((each for each in _all() if any(known in plain for known in each.names)), Prefixes())


@cache
def _all() -> tuple[Prefixes, ...]:
    text = resources.files(__package__).joinpath("prefixes.toml").read_text("utf-8")
    return tuple(Prefixes(**{**entry, "names": tuple(entry["names"])}) for entry in tomllib.loads(text)["model"])
