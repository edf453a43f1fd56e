"""Measures of one question: how well was found, and how much of what was expected is said.

Plain functions of ranks and texts; know nothing of questions, models or averages.
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence, Set

from phi_assistant.words import spaced

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def ranks_of(ranked: Iterable[str], relevant: Set[str]) -> tuple[int, ...]:
    """At which places, from 1, something relevant stands; each name counts where it first stands."""
    return tuple(rank for rank, name in enumerate(dict.fromkeys(ranked), 1) if name in relevant)


def ndcg(ranks: Sequence[int], relevant: int, k: int = 10) -> float:
    """Normalised discounted cumulative gain with binary relevance; `relevant` is how many there are."""
    gain = sum(1 / math.log2(rank + 1) for rank in ranks if rank <= k)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, relevant) + 1))


def recall(ranks: Sequence[int], relevant: int, k: int = 10) -> float:
    """The share of what is relevant among the first `k`, as far as `k` can hold it."""
    return sum(rank <= k for rank in ranks) / min(k, relevant)


def reciprocal_rank(ranks: Sequence[int], k: int = 10) -> float:
    """One divided by the first relevant place; 0 beyond `k`."""
    return 1 / ranks[0] if ranks and ranks[0] <= k else 0.0


def normalised(text: str) -> str:
    """As SQuAD compares answers: lower case, no punctuation, no articles, single blanks.

    Beyond SQuAD, quotes and dashes of any script are punctuation, and scripts without blanks are words by character.
    """
    kept = "".join(letter for letter in text.lower() if not _is_punctuation(letter))
    return " ".join(_ARTICLES.sub(" ", spaced(kept)).split())


def _is_punctuation(letter: str) -> bool:
    return letter in string.punctuation or unicodedata.category(letter).startswith("P")


def f1(said: str, expected: Iterable[str]) -> float:
    """SQuAD's F1 over words, with the answer that fits best; 0 without any."""
    return max((_f1(normalised(said).split(), normalised(each).split()) for each in expected), default=0.0)


def _f1(said: list[str], expected: list[str]) -> float:
    if not said or not expected:
        return float(said == expected)
    same = (Counter(said) & Counter(expected)).total()
    return 2 * same / (len(said) + len(expected))


def held(text: str, expected: Iterable[str]) -> float:
    """The share of an expected answer's words that a text holds, with the answer that fits best."""
    words = Counter(normalised(text).split())
    return max((_share(words, Counter(normalised(each).split())) for each in expected), default=0.0)


def _share(words: Counter[str], expected: Counter[str]) -> float:
    return (words & expected).total() / expected.total() if expected else 1.0
