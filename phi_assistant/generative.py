"""The generative answerer: any LangChain chat model, held to the passages it was shown.

What the model writes is streamed as it comes; afterwards every sentence is held against the passages (see
`grounding`): markers are put where they belong, and what stands on nothing is named, or removed. If nothing is left
that stands on a passage, the documents do not say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage

from phi_assistant.answering import Answerer, Draft
from phi_assistant.grounding import Grounded, ground
from phi_assistant.prompts import Prompt, Prompter
from phi_assistant.reading import Reading
from phi_assistant.schema import Turn, Usage

if TYPE_CHECKING:
    from phi_assistant.packing import Count
    from phi_assistant.retrieval import Retriever

ROOM = 3072
"""Tokens of a prompt where a chat model does not say how much it can read."""

_BYTES = 3
"""Of a token, rather too few, where a chat model cannot count."""


class ChatAnswerer(Answerer):
    """Answers with a chat model.

    >>> answerer = ChatAnswerer(ChatPhiOnnx(model="phi-3.5-mini"), retriever, model="onnx:phi-3.5-mini")
    """

    def __init__(
        self,
        chat: BaseChatModel,
        retriever: Retriever,
        *,
        model: str,
        prompter: Prompter | None = None,
        strict: bool = False,
    ) -> None:
        """`strict` removes what no passage supports, instead of naming it."""
        self.model, self.chat = model, chat
        self._retriever, self._strict = retriever, strict
        self.prompter = prompter or Prompter(counted_by(chat), room=room_of(chat))

    def told(self, prompter: Prompter) -> ChatAnswerer:
        """The same model with other prompts."""
        return ChatAnswerer(self.chat, self._retriever, model=self.model, prompter=prompter, strict=self._strict)

    def prompt(self, reading: Reading, history: Sequence[Turn] = ()) -> Prompt:
        """What the model will read."""
        return self.prompter.prompt(reading.asked.text, reading.hits, history, self._retriever.store)

    def stream(self, reading: Reading, history: Sequence[Turn] = ()) -> Iterator[str | Draft]:
        """Text as the model writes it, then the draft."""
        prompt, said = self.prompt(reading, history), _Said()
        for chunk in self.chat.stream(prompt.messages()):
            if text := said.take(chunk):
                yield text
        yield self._draft(prompt, said)

    async def astream(self, reading: Reading, history: Sequence[Turn] = ()) -> AsyncIterator[str | Draft]:
        """As `stream`, in an event loop; leaving it stops the model."""
        prompt, said = self.prompt(reading, history), _Said()
        async for chunk in self.chat.astream(prompt.messages()):
            if text := said.take(chunk):
                yield text
        yield self._draft(prompt, said)

    def _draft(self, prompt: Prompt, said: _Said) -> Draft:
        question = prompt.turns[-1]
        grounded = ground(
            said.text,
            prompt.passages,
            embedder=self._retriever.embedder,
            analyzer=self._retriever.store.analyzer,
            strict=self._strict,
            question=question.text,
        )
        return Draft(
            text=grounded.text,
            citations=grounded.citations,
            refused=_refusal(grounded),
            unsupported=grounded.unsupported,
            usage=said.usage,
            turns=(question, Turn("assistant", grounded.text, prompt=said.text)),
            left_out=prompt.left_out,
            passages=prompt.shown,
        )


class _Said:
    """What a model has said so far."""

    def __init__(self) -> None:
        self.text = ""
        self.usage = Usage(0, 0)

    def take(self, chunk: BaseMessage) -> str:
        """The text of a chunk."""
        text = str(chunk.text)
        self.text += text
        if isinstance(chunk, AIMessage | AIMessageChunk) and chunk.usage_metadata:
            counted, cached = chunk.usage_metadata, chunk.usage_metadata.get("input_token_details") or {}
            self.usage = Usage(counted["input_tokens"], counted["output_tokens"], cached.get("cache_read", 0))
        return text


def counted_by(chat: BaseChatModel) -> Count:
    """How a chat model counts tokens; ours do it themselves, those that would fetch a tokenizer are estimated."""

    def count(text: str) -> int:
        try:
            return chat.get_num_tokens(text)
        except (ImportError, OSError):
            return -(-len(text.encode()) // _BYTES)

    return count


def room_of(chat: BaseChatModel) -> int:
    """Tokens that a prompt of this model may have."""
    profile = chat.profile or {}
    return int(profile.get("max_input_tokens") or ROOM)


def _refusal(grounded: Grounded) -> str | None:
    """Why nothing of it should be said."""
    claims = [each for each in grounded.statements if each.asserts]
    if not claims:
        return "the model found no answer in the passages"
    if not any(each.supported for each in claims):
        return "no passage supports what the model wrote"
    return None
