"""An answer as it comes: its thoughts told from what it says, and whether its end has come."""

from __future__ import annotations

from collections.abc import Iterator

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from phi_assistant.models.thoughts import Thoughts


class Answer:
    """What has come of one."""

    def __init__(self) -> None:
        self.text = ""
        """What it says, without thoughts."""
        self.begun = False
        """Whether anything has come; from then on it cannot be asked for again."""
        self.ended = False
        self._thoughts = Thoughts()

    def take(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """The chunk, its text parted in place."""
        self.begun = True
        self.ended = self.ended or "finish_reason" in (chunk.generation_info or {})
        content = chunk.message.content
        return self._written(chunk, *self._thoughts.take(content)) if content and isinstance(content, str) else chunk

    def rest(self) -> Iterator[ChatGenerationChunk]:
        """What waited for what would follow it, if anything did."""
        said, thought = self._thoughts.rest()
        if said or thought:
            yield self._written(ChatGenerationChunk(message=AIMessageChunk(content="")), said, thought)

    def _written(self, chunk: ChatGenerationChunk, said: str, thought: str) -> ChatGenerationChunk:
        chunk.message.content = chunk.text = said
        self.text += said
        if thought:
            before = chunk.message.additional_kwargs.get("reasoning_content", "")
            chunk.message.additional_kwargs["reasoning_content"] = before + thought
        return chunk
