"""What of an answer gives it away, and whether a text does.

A text holds the answer if it has a fact of it (a number, date, name, code or address, however written), a word that
decides it, four words in a row, or more than a quarter of what one of its sentences says. What the question says
itself gives nothing away, nor does the title of a document. By words: a paraphrase
that shares none of them is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from phi_assistant.grounding.facts import Shown, facts_in
from phi_assistant.grounding.markers import without_markers
from phi_assistant.grounding.numbers import numbers_in
from phi_assistant.grounding.values import Fact
from phi_assistant.grounding.vocabulary import language_of
from phi_assistant.schema import Answer
from phi_assistant.sentences import split_sentences
from phi_assistant.words import Analyzer

SHARE = 4
"""A hint may have one in so many of the words by which a sentence answers."""

RUN = 4
"""So many words in a row are a quotation."""

DECISIVE = 3
"""A marked or emphasised span of so many new words or fewer is the answer; of a longer one, words may be said."""

_EMPHASISED = re.compile(r"(?<!\w)(\*\*|\*|__|_|`)(?=\S)([^*_`\n]{1,60}?)(?<=\S)\1(?!\w)")
_REFERENCE = re.compile(
    r"\b(?:chapter|section|part|week|unit|lesson|exercises?|page|table|figure|kapitel|abschnitt|woche|aufgaben?|seite"
    r"|tabelle|capítulo|sección|semana|ejercicios?|página|tabla)\s+\d+(?:\.\d+)*|(?:\bpp?\.|§)\s*\d+(?:\.\d+)*"
    r"|(?:^|[“\"»„])\d+(?:\.\d+)+\s",
    re.IGNORECASE | re.MULTILINE,
)
"""Where to look: the number of a chapter is no fact of the answer."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a hint must not hold."""

    text: str
    """The answer, with the sentences that it stands on."""
    facts: tuple[Fact, ...]
    terms: frozenset[str]
    """Stems that decide it."""
    sentences: tuple[frozenset[str], ...]
    """The stems by which each sentence answers."""
    runs: frozenset[tuple[str, ...]]
    """Stems that stand in a row."""


def secret_of(answer: Answer, analyzer: Analyzer) -> Secret:
    """What gives this answer away to whoever knows its question."""
    texts = [without_markers(answer.text), *(citation.quote for citation in answer.citations)]
    whole, asked = "\n\n".join(texts), frozenset(analyzer.stems(answer.question))
    spans = [*_marked(answer), *(match[2] for text in texts for match in _EMPHASISED.finditer(text))]
    decisive = {frozenset(analyzer.content(span)) - asked for span in spans if not _has_digit(span)}
    sentences = [whole[start:end] for start, end in split_sentences(whole)]
    known = asked.union(*(analyzer.stems(citation.title) for citation in answer.citations))
    return Secret(
        text=whole,
        facts=tuple(_facts(whole, answer.question, analyzer)),
        terms=frozenset().union(*(stems for stems in decisive if len(stems) <= DECISIVE)),
        sentences=tuple({frozenset(analyzer.content(each)) - known for each in [*sentences, *spans]} - {frozenset()}),
        runs=frozenset(_runs(whole, analyzer)) - frozenset(_runs(answer.question, analyzer)),
    )


def given_away(text: str, secret: Secret, analyzer: Analyzer) -> tuple[str, ...]:
    """What of the answer stands in a text, for a log: facts, words, quotations; none if it is kept."""
    bare = _without_references(text, secret)
    stems = frozenset(analyzer.stems(bare))
    facts = [fact.text for fact in _held(secret.facts, bare, analyzer)]
    terms = sorted(secret.terms & stems)
    runs = [" ".join(run) for run in sorted(secret.runs & frozenset(_runs(bare, analyzer)))]
    shares = [" ".join(sorted(each & stems)) for each in secret.sentences if len(each & stems) > len(each) // SHARE]
    return tuple(dict.fromkeys([*facts, *terms, *runs, *shares]))


def _marked(answer: Answer) -> Iterator[str]:
    for citation in answer.citations:
        yield from (citation.quote[start:end] for start, end in citation.marks)


def _facts(text: str, question: str, analyzer: Analyzer) -> Iterable[Fact]:
    facts = {fact.text: fact for fact in facts_in(text, language_of(text)) if not _is_little(fact)}
    asked = set(_held(facts.values(), question, analyzer))
    return (fact for fact in facts.values() if fact not in asked)


def _held(facts: Iterable[Fact], text: str, analyzer: Analyzer) -> Iterator[Fact]:
    """Those that stand in a text; "once" and "which one" are no numbers here, as in passages they may be."""
    shown, numbers = Shown([text], analyzer), numbers_in(text, language_of(text))
    for fact in facts:
        if any(_same(fact, each) for each in numbers) if fact.kind == "number" else shown.holders(fact):
            yield fact


def _same(one: Fact, other: Fact) -> bool:
    """Whether two numbers are one, as far as it is known what they count."""
    return bool(one.values & other.values) and (one.unit == other.unit or not (one.unit and other.unit))


def _is_little(fact: Fact) -> bool:
    """ "Two of them" may be said of anything; where it is what was asked for, it is a term."""
    return fact.kind == "number" and not fact.unit and not _has_digit(fact.text)


def _has_digit(text: str) -> bool:
    """Of such a span the number is a fact already, and "percent" alone decides nothing."""
    return any(sign.isdigit() for sign in text)


def _runs(text: str, analyzer: Analyzer) -> Iterator[tuple[str, ...]]:
    """Words in a row, some of which say something."""
    stems, content = analyzer.stems(text), frozenset(analyzer.content(text))
    rows = zip(*(stems[first:] for first in range(RUN)), strict=False)
    return (row for row in rows if content.intersection(row))


def _without_references(text: str, secret: Secret) -> str:
    known = secret.text.casefold()
    return _REFERENCE.sub(lambda match: match[0] if match[0].casefold() in known else " ", text)
