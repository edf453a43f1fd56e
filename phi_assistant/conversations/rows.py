"""Between the values and the rows of the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TypeVar, cast, get_args

from phi_assistant.conversations.context import context_of, passages_in, turns_in
from phi_assistant.conversations.tables import (
    AnswerRow,
    CitationRow,
    ComparisonRow,
    ContenderRow,
    ConversationRow,
    FeedbackRow,
    HitRow,
    MessageRow,
)
from phi_assistant.conversations.values import (
    Comparison,
    Contender,
    Conversation,
    Feedback,
    Message,
    Role,
    Thumbs,
    Vote,
)
from phi_assistant.schema import Answer, Chunk, Citation, Hit, Timings, Turn, Usage

Word = TypeVar("Word", Role, Thumbs, Vote)
ROLES: tuple[Role, ...] = get_args(Role)
THUMBS: tuple[Thumbs, ...] = get_args(Thumbs)
VOTES: tuple[Vote, ...] = get_args(Vote)


def conversation_of(row: ConversationRow) -> Conversation:
    return Conversation(row.id, row.title, row.bot, row.collection, row.created, row.updated, row.length)


def message_of(row: MessageRow) -> Message:
    answer = answer_of(row.text, row.answer) if row.answer else None
    feedback = feedback_of(row.feedback) if row.feedback else None
    return Message(row.id, _one_of(ROLES, row.role), row.text, row.at, answer, feedback)


def feedback_of(row: FeedbackRow) -> Feedback:
    return Feedback(_one_of(THUMBS, row.thumbs), row.reason, row.at)


def _one_of(known: tuple[Word, ...], word: str) -> Word:
    """The word, if it is known. Raises `ValueError`."""
    return known[known.index(cast(Word, word))]


def row_of(answer: Answer) -> AnswerRow:
    """All of an answer but its text. Its numbers may be numpy's, which no database takes."""
    return AnswerRow(
        question=answer.question,
        left_out=int(answer.left_out),
        context=context_of(answer),
        citations=[_citation_row(place, each) for place, each in enumerate(answer.citations)],
        hits=[_hit_row(place, each) for place, each in enumerate(answer.hits)],
        **_told(answer),
    )


def _told(answer: Answer) -> dict[str, Any]:
    """The columns that answers have wherever they are kept."""
    return {
        "abstained": answer.abstained,
        "reason": answer.reason,
        "model": answer.model,
        "unsupported": list(answer.unsupported),
        "prompt_tokens": int(answer.usage.prompt_tokens),
        "completion_tokens": int(answer.usage.completion_tokens),
        "cached_tokens": int(answer.usage.cached_tokens),
        "retrieval_s": float(answer.timings.retrieval_s),
        "first_token_s": float(answer.timings.first_token_s),
        "total_s": float(answer.timings.total_s),
    }


def _read(row: AnswerRow | ContenderRow) -> dict[str, Any]:
    """The same of an answer that is read back."""
    return {
        "abstained": row.abstained,
        "reason": row.reason,
        "model": row.model,
        "unsupported": tuple(row.unsupported),
        "usage": Usage(row.prompt_tokens, row.completion_tokens, row.cached_tokens),
        "timings": Timings(row.retrieval_s, row.first_token_s, row.total_s),
    }


def _citation_row(place: int, citation: Citation) -> CitationRow:
    return CitationRow(
        place=place,
        number=citation.number,
        source=citation.source,
        title=citation.title,
        label=citation.label,
        start=int(citation.start),
        end=int(citation.end),
        quote=citation.quote,
        marks=_plain(citation.marks),
    )


def _hit_row(place: int, hit: Hit) -> HitRow:
    chunk = hit.chunk
    return HitRow(
        place=place,
        source=chunk.source,
        position=chunk.position,
        title=chunk.title,
        label=chunk.label,
        headings=list(chunk.headings),
        start=chunk.start,
        end=chunk.end,
        score=float(hit.score),
        dense=float(hit.dense),
        alone=float(hit.alone),
        lexical=float(hit.lexical),
    )


def answer_of(text: str, row: AnswerRow) -> Answer:
    """The answer with this text. Raises `ValueError` where JSON is not what was written."""
    with _as_written():
        return _answer(text, row)


def turns_of(context: dict[str, Any]) -> tuple[Turn, ...]:
    """What the next question's history has of an answer. Raises as `answer_of` does."""
    with _as_written():
        return turns_in(context)


@contextmanager
def _as_written() -> Iterator[None]:
    try:
        yield
    except (KeyError, IndexError, TypeError) as exc:
        raise ValueError(f"what is kept of an answer lacks {exc}") from exc


def _answer(text: str, row: AnswerRow) -> Answer:
    return Answer(
        question=row.question,
        text=text,
        citations=tuple(map(citation_of, row.citations)),
        hits=tuple(map(_hit, row.hits)),
        passages=passages_in(row.context),
        left_out=row.left_out,
        turns=turns_in(row.context),
        **_read(row),
    )


def citation_of(row: CitationRow) -> Citation:
    marks = tuple((start, end) for start, end in row.marks)
    return Citation(row.number, row.source, row.title, row.label, row.start, row.end, row.quote, marks)


def _hit(row: HitRow) -> Hit:
    headings: tuple[Any, ...] = tuple(row.headings)
    chunk = Chunk(row.source, row.position, row.title, row.label, headings, row.start, row.end, text="")
    return Hit(chunk, row.score, row.dense, row.alone, row.lexical)


def vote_of(row: ComparisonRow) -> Vote | None:
    return None if row.vote is None else _one_of(VOTES, row.vote)


def comparison_of(row: ComparisonRow) -> Comparison:
    left, right = (contender_of(each, row.question) for each in row.contenders)
    return Comparison(row.id, row.question, left, right, row.at, vote_of(row), row.reason)


def contender_of(row: ContenderRow, question: str) -> Contender:
    """The contender in a comparison with this question. Raises `ValueError` where JSON is not what was written."""
    try:
        citations = tuple(map(_quoted, row.citations))
    except (KeyError, TypeError) as exc:
        raise ValueError(f"what is kept of a comparison lacks {exc}") from exc
    answer = Answer(question=question, text=row.text, citations=citations, hits=(), **_read(row))
    return Contender(row.bot, row.collection, answer)


def _quoted(value: Mapping[str, Any]) -> Citation:
    return Citation(**{**value, "marks": tuple((start, end) for start, end in value["marks"])})


def contender_row(side: str, contender: Contender) -> ContenderRow:
    """What a reader saw of an answer; citations as JSON, since they are only ever read with it."""
    answer = contender.answer
    return ContenderRow(
        side=side,
        bot=contender.bot,
        collection=contender.collection,
        text=answer.text,
        citations=[
            asdict(each) | {"start": int(each.start), "end": int(each.end), "marks": _plain(each.marks)}
            for each in answer.citations
        ],
        **_told(answer),
    )


def _plain(marks: tuple[tuple[int, int], ...]) -> list[list[int]]:
    return [[int(start), int(end)] for start, end in marks]
