"""Citing: what a model wrote, held against the passages that it was shown.

While it comes it is shown as it is, but for addresses that no passage has; when it is there, markers are put where they
belong, and what stands on nothing is named, or removed (see `grounding` and `guards`). Nothing of it is said if all
that stands on a passage is about something else (see `relevance`). Knows prompts and texts; knows nothing of chat
models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phi_assistant.answering import Draft
from phi_assistant.finding import Found
from phi_assistant.grounding import Grounded, ground
from phi_assistant.guards import Addresses, Provisional, harmless_markup, without_secrets
from phi_assistant.orders import withheld
from phi_assistant.prompts import Prompt
from phi_assistant.relevance import relevant
from phi_assistant.retrieval import Asked
from phi_assistant.schema import Turn, Usage
from phi_assistant.words import Analyzer

if TYPE_CHECKING:
    from phi_assistant.embeddings.base import Embedder


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote, and what it had read."""

    prompt: Prompt
    text: str
    usage: Usage


class Said:
    """What a model has said so far, taken from the parts that `parts.write` gives: a prompt first, then messages."""

    def __init__(self) -> None:
        self._prompt: Prompt | None = None
        self._text, self._usage = "", Usage(0, 0)
        self._shown = Provisional(Addresses(lambda: _texts(self.prompt)))

    def take(self, part: Mapping[str, Any]) -> str:
        """What may be shown of it now."""
        self._prompt = part.get("prompt") or self._prompt
        message = part.get("message")
        if message is None:
            return ""
        text = message if isinstance(message, str) else str(message.text)
        self._text += text
        self._usage = _usage(message) or self._usage
        return self._shown.take(text)

    def rest(self) -> str:
        """What is left to be shown."""
        return self._shown.rest()

    @property
    def prompt(self) -> Prompt:
        """What was read. Raises `RuntimeError` before it came."""
        if self._prompt is None:
            raise RuntimeError("What is cited must come from `write`, which gives the prompt before the first word.")
        return self._prompt

    @property
    def found(self) -> Found:
        return self.prompt.packed.found

    @property
    def written(self) -> Written:
        return Written(self.prompt, self._text, self._usage)


@dataclass(frozen=True, slots=True)
class Citer:
    """Makes a draft, with its citations, of what a model wrote."""

    embedder: Embedder
    analyzer: Analyzer
    strict: bool = False
    """Whether what no passage supports is removed, instead of named."""

    def __call__(self, written: Written) -> Draft:
        prompt = written.prompt
        question = prompt.turns[-1]
        clean = guarded(written)
        grounded = ground(
            clean,
            prompt.passages,
            embedder=self.embedder,
            analyzer=self.analyzer,
            strict=self.strict,
            question=question.text,
        )
        return Draft(
            text=grounded.text,
            citations=grounded.citations,
            refused=self._refusal(grounded, prompt.packed.found.reading.asked),
            unsupported=tuple(each for each in grounded.unsupported if each in grounded.text),  # not what was left out
            usage=written.usage,
            turns=(question, Turn("assistant", grounded.text, prompt=_remembered(written, clean, grounded))),
            left_out=prompt.packed.left_out,
            passages=question.shown,
        )

    def _refusal(self, grounded: Grounded, asked: Asked) -> str | None:
        """Why nothing of it should be said."""
        claims = [each for each in grounded.statements if each.asserts]
        if not claims:
            return "the model found no answer in the passages"
        supported = [each for each in claims if each.supported]
        if not supported:
            return "no passage supports what the model wrote"
        told = [text for each in supported for text in (each.text, *(cited.quote for cited in each.citations))]
        if not relevant(told, asked, embedder=self.embedder, analyzer=self.analyzer):
            return "what the model wrote is about something else"
        return None


def guarded(written: Written) -> str:
    """What a model wrote without markup that loads or runs, and without the system prompt."""
    return without_secrets(harmless_markup(written.text), written.prompt.system, _texts(written.prompt))


def without_strange_addresses(written: Written, text: str) -> str:
    """The text without addresses that neither the passages nor the question have."""
    return Addresses(lambda: _texts(written.prompt)).without_others(text)


def _texts(prompt: Prompt) -> Iterator[str]:
    """What an answer may repeat: the question, and the passages without the orders in them."""
    yield prompt.turns[-1].text
    for passage in prompt.passages:
        yield withheld(passage.text)
        yield from {chunk.context for chunk in passage.chunks}


def _usage(message: object) -> Usage | None:
    counted: Any = getattr(message, "usage_metadata", None)
    if not counted:
        return None
    cached = counted.get("input_token_details") or {}
    return Usage(counted["input_tokens"], counted["output_tokens"], cached.get("cache_read", 0))


def _remembered(written: Written, clean: str, grounded: Grounded) -> str:
    """The model's own words, which it need not read again; but not those that a guard has taken out."""
    led_away = any(fact.kind in ("url", "email") for each in grounded.statements for fact in each.missing)
    return written.text if clean == written.text and not led_away else ""
