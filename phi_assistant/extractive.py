"""The extractive answerer: the sentences that answer best, word for word, each with its citation.

    score = cosine to the question + cosine of its passage + search score of its passage (best = 1)
          + 0.7 × coverage by the sentence + 0.5 × coverage by the sentence and what stands around it
          + 0.5 if it gives what is asked for − 0.5 if it is a heading or a question + 0.05 × ln(1 + words)

A second and a third are added where the first may be wrong: within 0.3 and 0.2 of it. No model writes here,
so that nothing is ever said that the documents do not say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from phi_assistant.answering import Answerer, Draft
from phi_assistant.expected import Span, asked_for, given
from phi_assistant.reading import Reading, Sentence
from phi_assistant.schema import Citation, Turn
from phi_assistant.sentences import QUESTION_MARKS
from phi_assistant.words import Analyzer

SENTENCE, AROUND, EXPECTED, HEADING, LENGTH = 0.7, 0.5, 0.5, 0.5, 0.05
"""The weights above, chosen on four sets and checked one against another (`benchmarks/RESULTS.md`)."""

CLOSE = (0.3, 0.2)
"""How near to the first the second and the third must come."""

NEIGHBOUR = 0.1
"""What a sentence right beside the first is let off."""

SAME = 0.8
"""The share of common stems from which two sentences say the same."""

_FULL_STOP = re.compile(r"[.!。！।۔…][\"'”’»)\]]*$")
_POINTS_BACK = re.compile(r"(?:It|They|This|These|Those|He|She|Such|Its|Their|His|Her)\b")
_MOST_MARKS = 6


@dataclass(frozen=True, slots=True)
class Scored:
    sentence: Sentence
    score: float


class ExtractiveAnswerer(Answerer):
    """Quotes."""

    model = "extractive"

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer

    def stream(self, reading: Reading, history: Sequence[Turn] = ()) -> Iterator[str | Draft]:
        """All of the text at once, then the draft; what was said before is in the reading already."""
        text, citations = self.answer(reading)
        yield text
        yield Draft(text, citations)

    def answer(self, reading: Reading) -> tuple[str, tuple[Citation, ...]]:
        """The text with its markers, and what it stands on; the best sentence first."""
        quotes = list(_quotes(choose(rank(reading)), reading))
        text = " ".join(f"{_spoken(quote)} [{number}]" for number, quote in enumerate(quotes, 1))
        return text, tuple(self._citation(number, quote, reading.asked.text) for number, quote in enumerate(quotes, 1))

    def _citation(self, number: int, quote: Sequence[Sentence], question: str) -> Citation:
        chunk, start, end = quote[0].hit.chunk, quote[0].start, quote[-1].end
        text = chunk.text[start - chunk.start : end - chunk.start]
        return Citation(
            number=number,
            source=chunk.source,
            title=chunk.title,
            label=chunk.label,
            start=start,
            end=end,
            quote=text,
            marks=tuple(deciding(question, text, self._analyzer)),
        )


def rank(reading: Reading) -> list[Scored]:
    """The sentences, best first."""
    if not reading.sentences:
        return []
    kind, shares = asked_for(reading.asked.text), _shares(reading)
    top = max(hit.score for hit in reading.hits) or 1.0
    scored = [
        Scored(
            each,
            cosine + each.hit.dense + each.hit.score / top + _of_words(each, reading.asked.text, kind, shares),
        )
        for each, cosine in zip(reading.sentences, reading.cosines, strict=True)
    ]
    return sorted(scored, key=lambda each: -each.score)


def choose(ranked: Sequence[Scored], most: int = 3) -> list[Sentence]:
    """The first, and those so near to it that the first may be wrong; best first, none twice."""
    chosen = list(ranked[:1])
    for each in ranked[1:]:
        if len(chosen) >= min(most, 1 + len(CLOSE)):
            break
        if _near_enough(chosen, each) and not any(_same(each.sentence, other.sentence) for other in chosen):
            chosen.append(each)
    return [each.sentence for each in chosen]


def deciding(question: str, sentence: str, analyzer: Analyzer) -> list[Span]:
    """The words to mark in a quote: what was asked for where that can be told, else those of the question."""
    terms = set(analyzer.terms(question))
    shared = [match.span() for match in re.finditer(r"\w+", sentence) if terms.intersection(analyzer.stems(match[0]))]
    wanted = given(asked_for(question), question, sentence)
    if not wanted:
        return shared[:_MOST_MARKS]
    return [min(wanted, key=lambda span: sum(abs(span[0] - start) for start, _ in shared))]


def is_heading(sentence: str) -> bool:
    """A question, something that ends in a colon, or a short line without a full stop that is no list item."""
    text = sentence.strip()
    if text.startswith("#") or text.endswith((*QUESTION_MARKS, ":")):
        return True
    return len(text) < 70 and not _FULL_STOP.search(text) and not text.startswith(("-", "|", "*", "•"))


def _heads(sentence: Sentence) -> bool:
    """A row of a table is short and without a full stop, and no heading all the same."""
    return sentence.said == sentence.text and is_heading(sentence.text)


def _quotes(chosen: Sequence[Sentence], reading: Reading) -> Iterator[list[Sentence]]:
    """The chosen sentences, each as it is quoted: "It does not" says nothing without the sentence before it."""
    quoted: set[Sentence] = set()
    for sentence in chosen:
        before = [each for each in reading.sentences if sentence.follows(each) and not _heads(each)]
        quote = [*before, sentence] if _POINTS_BACK.match(sentence.text) else [sentence]
        if quoted.isdisjoint(quote):
            yield quote
        quoted.update(quote)


def _of_words(each: Sentence, question: str, kind: str, shares: dict[str, float]) -> float:
    score = SENTENCE * _covered(shares, each.stems) + AROUND * _covered(shares, each.around)
    score += LENGTH * math.log1p(len(each.stems))
    score += EXPECTED * bool(given(kind, question, each.said))
    return score - HEADING * _heads(each)


def _shares(reading: Reading) -> dict[str, float]:
    """What part of the question each stem is, by its rarity; the turns before it have their share of it."""
    own = set(reading.asked.terms[0])
    earlier = set(reading.asked.terms[-1]) - own
    shares: dict[str, float] = {}
    for part, stems in zip(reading.shares, (own, earlier), strict=False):
        total = sum(reading.weights[stem] for stem in stems)
        shares |= {stem: part * reading.weights[stem] / total for stem in stems if total}
    return shares


def _covered(shares: dict[str, float], stems: frozenset[str]) -> float:
    return sum(shares[stem] for stem in shares.keys() & stems)


def _near_enough(chosen: Sequence[Scored], each: Scored) -> bool:
    first = chosen[0]
    beside = each.sentence.follows(first.sentence) or first.sentence.follows(each.sentence)
    return first.score - each.score <= CLOSE[len(chosen) - 1] + NEIGHBOUR * beside


def _same(one: Sentence, other: Sentence) -> bool:
    return len(one.stems & other.stems) >= SAME * max(1, len(one.stems | other.stems))


def _spoken(quote: Sequence[Sentence]) -> str:
    """A quote as it reads in an answer: on one line, without the marks of Markdown that begin it."""
    said = " ".join(" ".join(sentence.said for sentence in quote).split())
    return re.sub(r"^(?:#{1,6}|[-*+•>]|\d+[.)])\s+", "", said)
