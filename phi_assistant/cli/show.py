"""How answers look: to a person on a terminal, and to a program as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from phi_assistant.models.specs import EXTRACTIVE
from phi_assistant.schema import Answer, Chunk, Citation, Hit, titled

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from phi_assistant.conversations.values import Message

_NEAREST = 3
_THUMBS = {"up": "good:", "down": "bad:"}


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """An answer as programs get it; the keys are a contract."""
    times = answer.timings
    return {
        "answer": answer.text,
        "abstained": answer.abstained,
        **({"reason": answer.reason} if answer.reason else {}),
        "citations": [_citation(citation) for citation in answer.citations],
        "hits": [hit_as_dict(hit) for hit in answer.hits],
        "unsupported": list(answer.unsupported),
        "model": answer.model,
        "usage": {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
            "cached_tokens": answer.usage.cached_tokens,
        },
        "left_out": answer.left_out,
        "timings": {
            "retrieval_s": round(times.retrieval_s, 4),
            "first_token_s": round(times.first_token_s, 4),
            "total_s": round(times.total_s, 4),
        },
    }


def hit_as_dict(hit: Hit) -> dict[str, Any]:
    """A hit as programs get it, without the blanks after its last word."""
    chunk, text = hit.chunk, hit.chunk.text.rstrip()
    return {
        "source": chunk.source,
        "title": chunk.title,
        "label": chunk.label,
        "start": chunk.start,
        "end": chunk.start + len(text),
        "score": round(hit.score, 4),
        "text": text,
    }


def place_of(place: Chunk | Citation) -> str:
    """Where a reader finds it: "Returns, Gift cards (returns.md)"."""
    return f"{titled(place.title, place.label)} ({place.source})"


def who_answers(model: str) -> str:
    """What a person is told of the model spec that answers."""
    if model == EXTRACTIVE:
        return "Answers are sentences of the documents as they stand: no language model writes them."
    return f"Answers are written by {model}."


def print_answer(answer: Answer, console: Console) -> None:
    """The answer, then its sources with their quotes, and what stands on none of them; after a refusal, where it would
    be nearest."""
    console.print(answer.text, style="bold" if console.is_terminal else None, markup=False)
    for citation in answer.citations:
        console.print(f"  [{citation.number}] {place_of(citation)}", markup=False)
        console.print(_quote(citation))
    for sentence in answer.unsupported:
        console.print(f"  Not in the documents: “{' '.join(sentence.split())}”", markup=False)
    if answer.left_out:
        console.print(f"  {_not_shown(answer)}", markup=False)
    if answer.abstained and answer.hits:
        console.print(f"  Nearest: {'; '.join(_nearest(answer.hits))}", markup=False)


def print_message(message: Message, console: Console) -> None:
    """One message of a kept conversation, as it was seen when it was said, and what was thought of it."""
    if message.answer is None:
        console.print(f"> {message.text}" if message.role == "user" else message.text, markup=False)
        return
    print_answer(message.answer, console)
    if message.feedback:
        console.print(f"  {_THUMBS[message.feedback.thumbs]} {message.feedback.reason}".rstrip(" :"), markup=False)


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "source": citation.source,
        "title": citation.title,
        "label": citation.label,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "marks": [list(mark) for mark in citation.marks],
    }


def _quote(citation: Citation) -> Text:
    """The quote with its deciding words marked."""
    from rich.text import Text

    text = Text(citation.quote)
    for start, end in citation.marks:
        text.stylize("bold underline", start, end)
    return Text("      “") + Text(" ").join(text.split()) + Text("”")


def _not_shown(answer: Answer) -> str:
    """What a language model was not shown, and how it would be."""
    return (
        f"{answer.left_out} of the {len(answer.hits)} parts that were found were not shown to {answer.model}, for want "
        "of room: `context_tokens` makes more."
    )


def _nearest(hits: tuple[Hit, ...]) -> list[str]:
    return list(dict.fromkeys(place_of(hit.chunk) for hit in hits))[:_NEAREST]
