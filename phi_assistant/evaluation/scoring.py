"""An answer held against what is known of its question: figures of one question, None where nothing is known.

Knows answers and questions; averages nothing and blames nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from phi_assistant.evaluation.measures import f1, held, ndcg, ranks_of, recall, reciprocal_rank
from phi_assistant.evaluation.questions import Place, Question, QuestionSet
from phi_assistant.grounding.markers import without_markers
from phi_assistant.reading import HITS
from phi_assistant.schema import Answer, Citation, Hit
from phi_assistant.sentences import split_sentences

LOOKED_AT = 60
"""Hits that are mapped to passages: several may stand for one, and ten passages are scored."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Where what is relevant to a question was found."""

    ranks: tuple[int, ...]
    """From 1, among the passages or documents that the hits stand for."""
    relevant: int
    """How many there are; at least one."""

    def ndcg(self, k: int = 10) -> float:
        return ndcg(self.ranks, self.relevant, k)

    def recall(self, k: int) -> float:
        return recall(self.ranks, self.relevant, k)

    def reciprocal_rank(self) -> float:
        return reciprocal_rank(self.ranks)


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one answer, each 0 to 1; None where the set does not know, or it makes no sense."""

    coverage: float | None = None
    """Of the words that hold the answer, the share in what was shown."""
    f1: float | None = None
    held: float | None = None
    """Of the expected answer's words, the share in the answer."""
    citation_precision: float | None = None
    citation_recall: float | None = None
    sentences: int = 0
    unsupported: int = 0
    """Of the sentences, those that no passage supports."""


NOTHING = Scores()


def ranking_of(question: Question, hits: Sequence[Hit], chosen: QuestionSet) -> Ranking | None:
    """None for a question of which nobody knows what should be found."""
    if not question.relevant:
        return None
    names = (name for hit in hits for name in chosen.names(_place(hit), whole=question.whole))
    return Ranking(ranks_of(names, question.relevant), len(question.relevant))


def is_found(question: Question, hits: Sequence[Hit], chosen: QuestionSet) -> bool:
    """Whether something relevant is among these hits."""
    return any(_is_relevant(question, _place(hit), chosen) for hit in hits)


def score(question: Question, answer: Answer | None, chosen: QuestionSet) -> Scores:
    """The figures of an answer; None is a question that got none, and none is no right one."""
    expected = question.answers if question.answerable else ()
    said = without_markers(answer.text) if answer and not answer.abstained else ""
    if answer is None:
        return Scores(f1=0.0, held=0.0) if expected else NOTHING
    precision, recalled = _citations(question, answer, chosen)
    return Scores(
        coverage=_coverage(question, answer),
        f1=f1(said, expected) if expected else None,
        held=held(said, expected) if expected else None,
        citation_precision=precision,
        citation_recall=recalled,
        sentences=len(split_sentences(said)),
        unsupported=0 if answer.abstained else len(answer.unsupported),
    )


def shown(answer: Answer) -> list[tuple[Place, str]]:
    """The passages that a language model was shown, or without one the hits that were read, each with its text."""
    if answer.passages:
        return [(Place(each.chunks[0].source, each.start, each.end), each.text) for each in answer.passages]
    return [(_place(hit), hit.chunk.text) for hit in answer.hits[:HITS]]


def _coverage(question: Question, answer: Answer) -> float | None:
    """Of gold spans their words, by place; where there are none, the words of an expected answer, wherever."""
    if not question.answerable:
        return None
    places = shown(answer)
    words = [(span.place.source, word) for span in question.spans for word in span.words]
    if words:
        return fmean(
            any(place.source == source and place.holds(*word) for place, _ in places) for source, word in words
        )
    return held("\n".join(text for _, text in places), question.answers) if question.answers else None


def _citations(question: Question, answer: Answer, chosen: QuestionSet) -> tuple[float | None, float | None]:
    """How many citations are of what is relevant, and how much of that is cited; of given answers alone."""
    if answer.abstained or not question.answerable or not (question.spans or question.relevant):
        return None, None
    places = [_cited(each) for each in answer.citations]
    precision = fmean(_is_relevant(question, place, chosen) for place in places) if places else None
    if question.spans:
        return precision, fmean(any(span.place.meets(place) for place in places) for span in question.spans)
    names = {name for place in places for name in chosen.names(place, whole=question.whole)}
    return precision, len(names & question.relevant) / len(question.relevant)


def _is_relevant(question: Question, place: Place, chosen: QuestionSet) -> bool:
    if question.spans and any(span.place.meets(place) for span in question.spans):
        return True
    return any(name in question.relevant for name in chosen.names(place, whole=question.whole))


def _place(hit: Hit) -> Place:
    return Place(hit.chunk.source, hit.chunk.start, hit.chunk.end)


def _cited(citation: Citation) -> Place:
    return Place(citation.source, citation.start, citation.end)
