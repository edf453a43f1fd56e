"""Retrieval: from a question and the conversation before it to the chunks most likely to answer it.

Cosine and BM25 of each chunk, each divided by the greatest among the candidates, are added; a follow-up is
searched twice, alone and with the turns before it, and both scores are added too. That beat reciprocal
rank fusion and rewriting by a model, and costs two embeddings (`benchmarks/RESULTS.md`).
Knows stores and embedders; knows nothing of prompts or answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from phi_assistant.errors import ConfigError, QuestionError
from phi_assistant.schema import Chunk, Hit, Turn
from phi_assistant.store import Candidates, ChunkStore

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder, Vectors

DENSE_SHARE = 0.5
"""Of cosine in the fused score, the rest being BM25. Measured flat between .4 and .6."""

OWN_SHARE, OWN_WORDS, WEAK, STRONG = 0.7, 2, 0.3, 0.6
"""Of a follow-up itself in its score. It has this share if it names its subject: two words of content, and a chunk
as near to it as `STRONG`. It has less with fewer words ("and for gift cards?") and with nothing so near, down to
none at `WEAK`, so that "Yes" is read as what was said before it. Measured on follow-ups of two sets and on first
questions put behind a dialogue on something else: .665, .948, .700, against .665, .944, .689 by words alone."""

CHANGED_SHARE, CHANGED_WORDS, LACKS, NEAR = 0.9, 3, (0.5, 0.9), (0.3, 0.5)
"""Of a question that has changed the subject: it has words of content of its own, a chunk is near to it alone, and the
chunk that is best for the whole conversation lacks them, by so much of the BM25 that the best chunk for it has. First
questions behind a dialogue on something else rose by it: .700 to .73, .900 to 1, .750 to .82, .853 to .87 (as
without the dialogue, but for .883); follow-ups went from .632 to .64, and from .925 to .91."""

USER_TURNS, ASSISTANT_TURNS = 3, 1
"""How many earlier messages a follow-up is read with. The assistant's last one names what "it" is: with it,
nDCG@10 on follow-ups to support pages rose from .61 to .65."""

REMEMBERED = 400
"""Characters of an earlier turn; more of a long answer cost time and found nothing better."""

PASSAGES = 4_000
"""Passages whose sentences' vectors are remembered: some 40 MB. To embed those of one question's passages is nine
tenths of an answer without a model, and what one asks about others ask about too."""

LONGEST_QUESTION = 8_000
"""Characters; beyond it a question is a document."""


@dataclass(frozen=True)
class Asked:
    """A question as it is searched for, in one form, or in two where there is history."""

    text: str
    """The question alone."""
    forms: tuple[str, ...]
    """The question alone, then the question after the turns before it."""
    content: int
    """How many words of content the question has by itself: none for "Yes, please"."""
    vectors: Vectors
    """A row for each form."""
    terms: tuple[tuple[str, ...], ...]
    """The stems of each form that say what it is about."""

    def shares(self, own: float) -> Vectors:
        """What each form counts, together 1, if the question alone counts this much beside its history."""
        return np.array([own, 1 - own] if len(self.forms) > 1 else [1], np.float32)


class Retriever:
    """Finds hits in one store."""

    def __init__(self, store: ChunkStore, embedder: Embedder) -> None:
        """Raises `ConfigError` if the store was filled by another embedder."""
        if store.embedder != embedder.spec:
            raise ConfigError(
                f"The store holds vectors of {store.embedder!r}, and the retriever was given {embedder.spec!r}: "
                "their cosines mean nothing. Open the store with `embedder=` the spec of the one you pass."
            )
        self.store = store
        self.embedder = embedder
        self._embedded = lru_cache(PASSAGES)(embedder.embed)

    def retrieve(self, question: str, history: Sequence[Turn] = (), *, k: int = 10) -> list[Hit]:
        """The `k` best hits, best first. Raises `QuestionError` for a question that cannot be asked."""
        return self.search(self.ask(question, history), k=k)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Asked:
        """The question made ready to search. Raises `QuestionError` for one that cannot be asked."""
        return self.ask_all([(question, history)])[0]

    def ask_all(self, questions: Iterable[tuple[str, Sequence[Turn]]]) -> list[Asked]:
        """The same for many, each with its history; they are embedded together."""
        forms = [_forms(checked(question), history) for question, history in questions]
        vectors = iter(self.embedder.embed_questions(form for each in forms for form in each))
        return [self._asked(each, np.stack([next(vectors) for _ in each])) for each in forms]

    def _asked(self, forms: tuple[str, ...], vectors: Vectors) -> Asked:
        analyzer = self.store.analyzer
        return Asked(
            text=forms[0],
            forms=forms,
            content=len(analyzer.content(forms[0])),
            vectors=vectors,
            terms=tuple(tuple(analyzer.terms(form)) for form in forms),
        )

    def passage(self, sentences: Sequence[str]) -> Vectors:
        """The vectors of the sentences of one passage, not to be changed. They are embedded by themselves, since a
        vector varies with its neighbours: so they are the same whoever asks, and whatever was asked before."""
        return self._embedded(tuple(sentences))

    def search(self, asked: Asked, *, k: int = 10) -> list[Hit]:
        """The `k` best hits, best first."""
        return self.best(asked, self.store.search(asked.vectors, asked.terms), k=k)

    def best(self, asked: Asked, found: Candidates, *, k: int = 10) -> list[Hit]:
        """The same of what the store has found already."""
        by_form = fused(found)
        own = own_share(asked, found, by_form)
        shares = asked.shares(own)
        scores, dense = by_form @ shares, found.dense @ shares
        lexical = found.lexical.max(axis=1, initial=0)
        order = np.argsort(-scores, kind="stable")
        return [
            Hit(chunk, float(scores[row]), float(dense[row]), float(found.dense[row, 0]), float(lexical[row]), own)
            for row, chunk in islice(self._once(found.keys, order, k), k)
        ]

    def _once(self, keys: Sequence[int], order: Iterable[int], step: int) -> Iterator[tuple[int, Chunk]]:
        """The rows in this order, each with its chunk; of a file that is stored under two names only one copy."""
        rows, said = iter(order), set()
        while some := list(islice(rows, step)):
            chunks = self.store.chunks(keys[row] for row in some)
            digests = self.store.digests({chunk.source for chunk in chunks.values()})
            for row in some:
                chunk = chunks.get(keys[row])  # None where its source was replaced just now
                if chunk and (place := (digests.get(chunk.source), chunk.position)) not in said:
                    said.add(place)
                    yield row, chunk


def checked(question: str) -> str:
    """The question without blanks around it. Raises `QuestionError` if it is empty or far too long."""
    asked = _sound(question).strip()
    if not asked:
        raise QuestionError('The question is empty. Ask something: `phi-assistant ask "How do I ...?"`.')
    if len(asked) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(asked):,} characters, and at most {LONGEST_QUESTION:,} can be searched for. "
            "Ask a shorter one; a long text belongs in the documents: `phi-assistant ingest FILE`."
        )
    return asked


def own_share(asked: Asked, found: Candidates, by_form: Vectors) -> float:
    """What a question counts beside its history, 0 to 1: more where it names its subject, most where that is another
    one than before. `by_form` is what `fused` gives for what was found."""
    if len(asked.forms) == 1:
        return 1.0
    nearest = found.dense[:, 0].max(initial=0)
    own = OWN_SHARE * min(1.0, asked.content / OWN_WORDS) * between(nearest, (WEAK, STRONG))
    lack = _lack(found.lexical[:, 0], by_form[:, -1])
    changed = min(1.0, asked.content / CHANGED_WORDS) * between(nearest, NEAR) * between(lack, LACKS)
    return float(own + (CHANGED_SHARE - own) * changed)


def fused(found: Candidates) -> Vectors:
    """One score for each candidate and each form of the question, 0 to 1."""
    scores: Vectors = DENSE_SHARE * _relative(found.dense) + (1 - DENSE_SHARE) * _relative(found.lexical)
    return scores


def between(value: float, bounds: tuple[float, float]) -> float:
    """0 up to the lower bound, 1 from the upper one on."""
    low, high = bounds
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _lack(words: Vectors, scores: Vectors) -> float:
    """How much of a question's own words, by BM25, the chunk lacks that has the best of these scores, 0 to 1."""
    most = words.max(initial=0)
    return float(1 - words[scores.argmax()] / most) if most else 0.0


def _relative(scores: Vectors) -> Vectors:
    """Each column in parts of its greatest score; what is below zero counts as zero."""
    positive = np.maximum(scores, 0)
    relative: Vectors = positive / np.maximum(positive.max(axis=0, initial=0), 1e-9)
    return relative


def _forms(question: str, history: Sequence[Turn]) -> tuple[str, ...]:
    before = _relevant(history)
    return (question, " ".join([*before, question])) if before else (question,)


def _relevant(history: Sequence[Turn]) -> list[str]:
    """The beginnings of the last turns of either side, oldest first."""
    left = {"user": USER_TURNS, "assistant": ASSISTANT_TURNS}
    kept: list[str] = []
    for turn in reversed(history):
        if left.get(turn.role, 0) and turn.text.strip():
            left[turn.role] -= 1
            kept.append(_sound(turn.text).strip()[:REMEMBERED])
    return kept[::-1]


def _sound(text: str) -> str:
    """The text with "?" for halves of characters, which JSON and command lines can hold and no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
