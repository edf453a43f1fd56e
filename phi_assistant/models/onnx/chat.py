"""ChatPhiOnnx: a LangChain chat model on a local folder of ONNX Runtime GenAI.

Prompts are made and text is read here; the model itself is in a process of its own (see `host`), so that neither
threads nor an event loop of the caller ever stand still.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from langchain_core.language_models import ModelProfile
from langchain_core.messages import AIMessageChunk, BaseMessage, SystemMessage
from pydantic import ByteSize, Field, PrivateAttr, ValidationError, ValidatorFunctionWrapHandler, field_validator

from phi_assistant.errors import ModelUnavailable
from phi_assistant.models.base import ChatPhi, Request, openai_tools
from phi_assistant.models.folders import find, place
from phi_assistant.models.onnx.asking import Asking
from phi_assistant.models.onnx.exchange import Exchange, Terms, count_tokens
from phi_assistant.models.onnx.local import LocalModel, local_model
from phi_assistant.models.onnx.plan import LEAST, window_of
from phi_assistant.models.onnx.shape import shape_of
from phi_assistant.models.onnx.waiting import aheard, heard
from phi_assistant.models.onnx.wire import Metrics, Progress
from phi_assistant.models.options import for_call
from phi_assistant.settings import Settings

Named = tuple[str, Path | None]
"""What a model is found by: its name or path, and where downloaded ones are."""


class ChatPhiOnnx(ChatPhi):
    """A Phi model, or any other of ONNX Runtime GenAI, on this machine's processor.

    >>> chat = ChatPhiOnnx(model="phi-3.5-mini", max_tokens=200)
    >>> chat.invoke("Why is the sky blue?").content
    >>> for chunk in chat.stream("Tell me more", temperature=0.7, seed=1):
    ...     print(chunk.content, end="")

    The constructor reads the model's configuration, no more, and no model needs to be there yet. That its folder is
    whole is checked by the first call, or by `warm_up`, which loads it into a process that all instances of the same
    folder share. Answers carry `usage_metadata`, and in `response_metadata` the `finish_reason` (`stop`, `length`,
    `tool_calls`, `repetition`), `timings` in seconds, and `logprobs` where asked for. What a reasoning model thinks is
    in `additional_kwargs["reasoning_content"]`.

    Raises, all of them `PhiAssistantError`: `ModelUnavailable`, `ConfigError`, `PromptTooLong`, `ModelBusy`,
    `ModelTimedOut`, `ModelDied`, `ModelFailed` (see `phi_assistant.models.errors`).
    """

    models: Path | None = None
    """Where downloaded models are; none takes that of the settings."""
    context_length: int | None = Field(default=None, ge=1)
    """Tokens of prompt and answer; none takes the model's own, and 4,096 for those that change beyond it."""
    cache_memory: ByteSize | None = None
    """Bytes that conversations may keep, also as "2 GB"; none takes a third of the memory that is free."""
    on_progress: Callable[[Progress], None] | None = Field(default=None, exclude=True, repr=False)
    """Told while a long prompt is read; `str` of what it is told is "reading 640 of 1,500 tokens"."""

    _held: dict[Named, LocalModel] = PrivateAttr(default_factory=dict)
    """One's own, and those that calls have named."""
    _folders: dict[Named, Path] = PrivateAttr(default_factory=dict)

    @field_validator("model", mode="before")
    @classmethod
    def _as_text(cls, model: Any) -> Any:
        return str(model) if isinstance(model, Path) else model

    @field_validator("cache_memory", mode="wrap")
    @classmethod
    def _some_bytes(cls, given: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            size = handler(given)
        except ValidationError:
            size = 0
        if size is not None and size <= 0:
            raise ValueError('give a number of bytes, or a size such as "2 GB"')
        return size

    @property
    def _llm_type(self) -> str:
        return "phi-onnx"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {**super()._identifying_params, "folder": str(self.folder), "context_length": self.context_length}

    @property
    def folder(self) -> Path:
        """Where the model is. Raises `ModelUnavailable`, with the command that fetches it, if it is not here."""
        return self._folder(self.model)

    def warm_up(self, beginning: str | Sequence[BaseMessage] | None = None) -> None:
        """Loads the model, and reads what conversations will begin with: the system prompt, or messages."""
        messages = _beginning(beginning)
        if not messages:
            next(heard(self._asking()))
            return
        for _ in heard(self._exchange(Request(messages, for_call(self, {})), read_only=True)):
            pass  # a prompt that is only read has no answer

    async def awarm_up(self, beginning: str | Sequence[BaseMessage] | None = None) -> None:
        """As `warm_up`, for an event loop; cancelling it ends it."""
        messages = _beginning(beginning)
        if not messages:
            await anext(aheard(await asyncio.to_thread(self._asking)))
            return
        request = Request(messages, for_call(self, {}))
        exchange = await asyncio.to_thread(self._exchange, request, read_only=True)
        async with aclosing(aheard(exchange)) as nothing:
            async for _ in nothing:
                pass

    def metrics(self) -> Metrics:
        """What the model's process holds and has done; zeros before it was started."""
        return next(heard(self._asking())) if self._is_started else Metrics.none()

    async def ametrics(self) -> Metrics:
        """As `metrics`, for an event loop."""
        return await anext(aheard(self._asking())) if self._is_started else Metrics.none()

    def close(self) -> None:
        """Ends the model's process, unless another instance uses it. The next call starts it again."""
        self._held = {}

    def get_token_ids(self, text: str) -> list[int]:
        """The model's own ids of a text."""
        return self._local().prompts.vocabulary.ids(text)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Sequence[Any] | None = None) -> int:
        """Tokens of the prompt that these messages become, template and tools included."""
        request = Request(messages, for_call(self, {}), tools=openai_tools(tools or ()))
        return count_tokens(request, self._local())

    def _resolve_model_profile(self) -> ModelProfile | None:
        try:
            shape = shape_of(self.folder)
        except ModelUnavailable:
            return None  # not here yet; the first call says so, and how to get it
        window = window_of(shape, self.context_length)
        return ModelProfile(
            name=self.model,
            max_input_tokens=window - min(self.max_tokens, LEAST),
            max_output_tokens=window,
            text_inputs=True,
            image_inputs=False,
            audio_inputs=False,
            text_outputs=True,
            tool_calling=True,
            tool_choice=True,
            structured_output=True,
            temperature=True,
            open_weights=True,
        )

    @property
    def _is_started(self) -> bool:
        own = self._held.get(self._named(self.model))
        return bool(own and own.host.pid)

    def _named(self, name: str) -> Named:
        return name, self.models

    def _folder(self, name: str) -> Path:
        """Looked for once: a cache of answers and whoever traces a call ask for it each time."""
        wanted = self._named(name)
        if wanted not in self._folders:
            models = self.models or Settings.load().models_folder
            self._folders[wanted] = place(name, models) or find(name, models)  # which says what is wrong
        return self._folders[wanted]

    def _local(self, name: str | None = None) -> LocalModel:
        wanted = self._named(name or self.model)
        if wanted not in self._held:
            folder = find(wanted[0], self.models or Settings.load().models_folder)
            self._held = {**self._held, wanted: local_model(folder)}  # a copy of this model has the old one
        return self._held[wanted]

    def _asking(self) -> Asking:
        return Asking(self._local(), name=self.model, timeout=self.timeout)

    def _exchange(self, request: Request, *, read_only: bool = False) -> Exchange:
        terms = Terms(self.context_length, self.cache_memory, self.on_progress)
        name = request.model or self.model
        return Exchange(request, self._local(name), terms, name=name, read_only=read_only)

    def _chunks(self, request: Request) -> Generator[AIMessageChunk]:
        yield from heard(self._exchange(request))

    async def _achunks(self, request: Request) -> AsyncGenerator[AIMessageChunk]:
        exchange = await asyncio.to_thread(self._exchange, request)
        async with aclosing(aheard(exchange)) as chunks:
            async for chunk in chunks:
                yield chunk

    def __getstate__(self) -> dict[Any, Any]:
        """Without the process: a copy finds it again, another machine its own."""
        state = super().__getstate__()
        return {**state, "__pydantic_private__": {"_held": {}, "_folders": {}}}


def _beginning(given: str | Sequence[BaseMessage] | None) -> list[BaseMessage]:
    return [SystemMessage(given)] if isinstance(given, str) else list(given or ())
