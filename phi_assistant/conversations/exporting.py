"""A conversation as one text: Markdown for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from phi_assistant.conversations.values import Conversation, Message
from phi_assistant.schema import Answer, Citation, titled

_THUMBS = {"up": "👍", "down": "👎"}
_SPEAKERS = {"user": "Question", "assistant": "Answer"}


def as_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    """With the quotes that the answers stand on beneath each."""
    about = [f"Documents: {conversation.collection}", f"begun {conversation.created:%Y-%m-%d %H:%M} UTC"]
    about += [f"with {conversation.bot}"] if conversation.bot else []
    parts = [f"# {conversation.title or 'Conversation'}", f"*{', '.join(about)}*"]
    parts += [part for message in messages for part in _written(message)]
    return "\n\n".join(parts) + "\n"


def as_json(conversation: Conversation, messages: Sequence[Message]) -> str:
    """The keys of answers and citations are those of `phi-assistant ask --json`."""
    value = {**about(conversation), "messages": [_message(message) for message in messages]}
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def about(conversation: Conversation) -> dict[str, Any]:
    """A conversation without its messages, as programs get it; the keys are a contract."""
    return {
        "id": conversation.id,
        "title": conversation.title,
        "bot": conversation.bot,
        "collection": conversation.collection,
        "created": conversation.created.isoformat(),
        "updated": conversation.updated.isoformat(),
    }


def _written(message: Message) -> Iterator[str]:
    yield f"## {_SPEAKERS[message.role]}"
    yield message.text
    if message.answer and message.answer.citations:
        yield "\n".join(map(_quoted, message.answer.citations))
    if message.answer and message.answer.unsupported:
        yield "\n".join(["Not supported by the documents:", *(f"- {each}" for each in message.answer.unsupported)])
    if message.feedback:
        yield f"{_THUMBS[message.feedback.thumbs]} {message.feedback.reason}".rstrip()


def _quoted(citation: Citation) -> str:
    place = titled(citation.title, citation.label)
    return f"- [{citation.number}] {place} ({citation.source}): “{' '.join(citation.quote.split())}”"


def _message(message: Message) -> dict[str, Any]:
    value: dict[str, Any] = {"role": message.role, "text": message.text, "at": message.at.isoformat()}
    if message.answer:
        value |= _grounds(message.answer)
    if message.feedback:
        value["feedback"] = {"thumbs": message.feedback.thumbs, "reason": message.feedback.reason}
    return value


def _grounds(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "abstained": answer.abstained,
        **({"reason": answer.reason} if answer.reason else {}),
        "citations": [
            {
                "number": each.number,
                "source": each.source,
                "title": each.title,
                "label": each.label,
                "start": each.start,
                "end": each.end,
                "quote": each.quote,
                "marks": [list(mark) for mark in each.marks],
            }
            for each in answer.citations
        ],
        "unsupported": list(answer.unsupported),
        "model": answer.model,
        "usage": {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
        },
        "timings": {
            "retrieval_s": answer.timings.retrieval_s,
            "first_token_s": answer.timings.first_token_s,
            "total_s": answer.timings.total_s,
        },
    }
