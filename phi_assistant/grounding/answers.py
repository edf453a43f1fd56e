"""An answer held against the passages it was written from.

The text is taken apart without its markers, each part judged, and put together with markers of what it rests on.
Joins layout, claims, facts, support and quotes; every one of them can be read alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from phi_assistant.grounding.claims import asserts
from phi_assistant.grounding.facts import Shown, facts_in
from phi_assistant.grounding.layout import Part, parts_of, spoken
from phi_assistant.grounding.markers import without_markers
from phi_assistant.grounding.placing import in_place, is_anothers, surroundings
from phi_assistant.grounding.quoting import citations, sentences_of
from phi_assistant.grounding.rewriting import Judged, rewritten
from phi_assistant.grounding.support import content, support
from phi_assistant.grounding.values import Fact, Grounded, Value
from phi_assistant.grounding.vocabulary import language_of
from phi_assistant.schema import Passage
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder, Vectors

ENOUGH = 0.1
"""The support from which on a sentence counts as supported."""


def ground(
    text: str,
    passages: Sequence[Passage],
    *,
    embedder: Embedder,
    analyzer: Analyzer,
    strict: bool = False,
    question: str = "",
) -> Grounded:
    """The answer with its markers put right; what no passage supports is named, and left out if `strict`."""
    bare = without_markers(text)
    parts = parts_of(bare)
    reader = _Reader(passages, embedder, analyzer, question)
    vectors = embedder.embed(spoken(bare[part.start : part.end]) for part in parts)
    language = language_of(bare)
    judged = [reader.judged(bare, part, vector, language) for part, vector in zip(parts, vectors, strict=True)]
    return rewritten(bare, judged, strict=strict)


class _Reader:
    """The passages, read once for all sentences of an answer."""

    def __init__(self, passages: Sequence[Passage], embedder: Embedder, analyzer: Analyzer, question: str) -> None:
        self._analyzer = analyzer
        self._numbered = sentences_of(passages, analyzer)
        self._sentences = [sentence for _, sentence in self._numbered]
        self._vectors = embedder.embed(sentence.said for sentence in self._sentences)
        contexts = dict.fromkeys(chunk.context for passage in passages for chunk in passage.chunks)
        self._shown = Shown([*(sentence.said for sentence in self._sentences), *contexts, question], analyzer)
        self._asked = len(self._sentences) + len(contexts)

    def judged(self, text: str, part: Part, vector: Vectors, language: str) -> Judged:
        said = text[part.start : part.end]
        facts = [(fact, self._shown.holders(fact)) for fact in _facts(part, said, language)]
        claims = part.kind in ("sentence", "row") and asserts(spoken(said))
        found = support(said, facts, self._sentences, self._vectors @ vector, self._analyzer)
        stated = frozenset(value for fact, _ in facts for value in fact.values)
        missing = tuple(
            fact
            for fact, places in facts
            if not places or not self._in_place(fact, said, places, found.evidence, stated)
        )
        supported = not missing and (not claims or found.value >= ENOUGH)
        cited = citations(
            found.sentences if claims and supported else (),
            self._numbered,
            content(said, facts, self._analyzer),
            [fact for fact, _ in facts],
            self._analyzer,
        )
        return Judged(part, claims, found.value, supported, missing, cited)

    def _in_place(
        self, fact: Fact, said: str, places: frozenset[int], evidence: frozenset[int], stated: frozenset[Value]
    ) -> bool:
        """Whether it stands where the passages speak of the same, in what heads them, or in the question."""
        if fact.kind == "name":
            return bool(places & self._home(evidence))
        if fact.kind not in ("number", "date", "time", "code"):
            return True
        around = surroundings(said, fact, self._analyzer)
        if fact.kind == "code":
            return not is_anothers(fact, around, self._shown.found(fact, stated), evidence, self._asked)
        return in_place(fact, around, self._shown.found(fact, stated), evidence, self._asked)

    def _home(self, evidence: frozenset[int]) -> frozenset[int]:
        """The evidence, the passages it is in, what heads passages, and the question."""
        count = len(self._sentences)
        numbers = {self._numbered[place][0] for place in evidence if 0 <= place < count}
        inside = (place for place, (number, _) in enumerate(self._numbered) if number in numbers)
        return frozenset([*inside, *range(count, self._asked + 1)])


def _facts(part: Part, said: str, language: str) -> list[Fact]:
    """Of code, its addresses alone; of headings no names, for those write every word with a capital."""
    facts = facts_in(said, language)
    if part.kind == "code":
        return [fact for fact in facts if fact.kind in ("url", "email")]
    return [fact for fact in facts if fact.kind != "name"] if part.kind == "heading" else facts
