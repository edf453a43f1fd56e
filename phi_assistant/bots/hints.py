"""A tutor's rule in code: a hint, a fuller one, then the answer with its page; and no hint holds the answer.

    step   = step_of("I give up", history, hints=bot.hints, analyzer=analyzer)
    answer = assistant.ask(step.question, …)                    # what is true, with its citations
    hint   = hint_for(answer, step.stage, draft=…, analyzer=analyzer)
    shown  = hidden(answer, hint)                               # the same without what would give it away

Whoever drafts the hint: one that holds the answer is replaced by one made of where the answer stands. Knows nothing of
models; `secrets` knows what gives an answer away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from phi_assistant.bots.phrases import FOLLOWS, MORE, PHRASES, QUESTION, Phrases
from phi_assistant.bots.secrets import Secret, given_away, secret_of
from phi_assistant.expected import asked_for
from phi_assistant.grounding.vocabulary import language_of
from phi_assistant.schema import Answer, Chunk, Citation, Turn
from phi_assistant.sentences import QUESTION_MARKS
from phi_assistant.words import Analyzer


class Stage(IntEnum):
    """How far a tutor goes."""

    HINT = 1
    FULLER = 2
    ANSWER = 3


INSTRUCTIONS = {
    Stage.HINT: "Do not answer the question. Give a hint of one or two sentences: where to look and what to think of. "
    "Give no number, name or term of the answer. End with a question that leads on.",
    Stage.FULLER: "Do not answer the question. Give a fuller hint of two or three sentences: what kind of thing is "
    "looked for, and how to get there. Give no number, name or term of the answer. End with a question.",
    Stage.ANSWER: "Answer the question from the passages, with their numbers, and say why.",
}
"""What a language model is told to write at each stage."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where in a conversation the tutor is."""

    question: str
    """What is being worked on: what was typed just now, or earlier if that went on with it."""
    stage: Stage
    before: tuple[Turn, ...] = ()
    """The questions before it with their answers, which say what "and why?" is about; hints do not."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What a student is told."""

    text: str
    gave_away: tuple[str, ...] = ()
    """What of the answer stood in the draft, which was replaced for it."""


def step_of(asked: str, history: Sequence[Turn], *, hints: int, analyzer: Analyzer) -> Step:
    """The question being worked on, and what its student gets now.

    "I don't know", the same question again, or a try at an answer goes on to the next stage; anything else begins
    anew, as it does after the answer was given. A turn that was not replied to counts for nothing.
    """
    question, given = "", 0
    told: list[Turn] = []
    for place, turn in enumerate(history):
        if turn.role == "user":
            replied = place + 1 < len(history) and history[place + 1].role != "user"
            on = 0 < given <= hints and goes_on(turn.text, question, analyzer)
            question, given = (question if on else turn.text), (given if on else 0) + replied
            told = [*(told[:-1] if on else told), replace(turn, text=question)]
        elif given > hints:
            told.append(turn)
    if 0 < given <= hints and goes_on(asked, question, analyzer):
        return Step(question, Stage(given + 1) if given < hints else Stage.ANSWER, tuple(told[:-1]))
    return Step(asked, Stage.HINT if hints else Stage.ANSWER, tuple(told))


def goes_on(text: str, question: str, analyzer: Analyzer) -> bool:
    """Whether a message goes on with a question, rather than asking another."""
    new = set(analyzer.content(MORE.sub(" ", text))) - set(analyzer.stems(question))
    if not new or FOLLOWS.match(text.strip()):
        return True
    return not (text.strip().endswith(QUESTION_MARKS) or QUESTION.match(text.strip()))


def hint_for(answer: Answer, stage: Stage, *, analyzer: Analyzer, draft: str = "") -> Hint:
    """The draft if it keeps the answer, else one made of where the answer stands."""
    secret = secret_of(answer, analyzer)
    gave_away = given_away(draft, secret, analyzer) if draft.strip() else ()
    if draft.strip() and not gave_away:
        return Hint(draft.strip())
    return Hint(_extractive(answer, stage, secret, analyzer), gave_away)


def hidden(answer: Answer, hint: Hint) -> Answer:
    """The answer as a student sees it: the hint, without quotes and passages, in which the answer stands; in the
    history as well."""
    turns = Turn("user", answer.question), Turn("assistant", hint.text)
    return replace(answer, text=hint.text, citations=(), hits=(), unsupported=(), passages=(), left_out=0, turns=turns)


def _extractive(answer: Answer, stage: Stage, secret: Secret, analyzer: Analyzer) -> str:
    """Where to look, if that may be said, and the question back; fuller, what kind of thing and how it begins."""
    said = PHRASES.get(language_of(answer.question)) or PHRASES["en"]
    question = " ".join(answer.question.split())
    place = next((each for each in _places(answer) if not given_away(each, secret, analyzer)), "")
    if not place:
        return said.again.format(question=question)
    begins = _beginning(answer, place, secret, analyzer)
    more = _more(answer, said, begins) if stage == Stage.FULLER else []
    return " ".join([said.look.format(place=place), *more, said.ask.format(question=question)])


def _more(answer: Answer, said: Phrases, begins: str) -> list[str]:
    """What kind of thing is looked for, and how the sentence begins."""
    kind = said.kinds.get(asked_for(answer.question))
    return [
        *([said.kind.format(kind=kind)] if kind else []),
        *([said.begins.format(words=begins)] if begins else []),
    ]


def _beginning(answer: Answer, place: str, secret: Secret, analyzer: Analyzer) -> str:
    """The first words of what is quoted, as many of five as keep the answer beside the place; two at least."""
    quote = answer.citations[0].quote if answer.citations else ""
    words = re.sub(r"^\W+|[*_`#|]", "", quote).split()[:5]
    openings = (" ".join(words[:length]) for length in range(len(words), 1, -1))
    return next((each for each in openings if not given_away(f"{place}. {each}", secret, analyzer)), "")


def _places(answer: Answer) -> Iterator[str]:
    """Where the answer stands, the most exact first."""
    stands: list[Citation | Chunk] = [*answer.citations[:1], *(hit.chunk for hit in answer.hits[:1])]
    for place in stands[:1]:
        if place.title and place.label and place.label != place.title:
            yield f"“{place.title}”, “{place.label}”"
        if place.title:
            yield f"“{place.title}”"
        yield f"“{place.source}”"
