"""What our chat models share: LangChain's contract, sync and async, over two methods that a backend writes.

`_chunks` and `_achunks` give the pieces of an answer; streaming passes them on, and a whole answer is their sum, so
that `invoke` is `stream` to its end. Knows nothing of runtimes and servers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from phi_assistant.errors import ConfigError
from phi_assistant.models.guided.structured import response_format, structured
from phi_assistant.models.options import Options, check_names, for_call, refused

_TOLD = {"ls_structured_output_format"}
"""What a call may name for those who watch it; it changes nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call."""

    messages: Sequence[BaseMessage]
    options: Options
    tools: Sequence[dict[str, Any]] = ()
    """As OpenAI writes them."""
    tool_choice: Any = None
    """`auto` or None, `none`, `any` or `required` or True, a name, or OpenAI's dict of one."""
    parallel_tool_calls: bool = True
    model: str | None = None
    """Another model than one's own, for this call alone."""
    response_format: Any = None
    """None, or OpenAI's `{"type": "json_object"}` or `{"type": "json_schema", "json_schema": {"schema": …}}`."""
    whole: bool = False
    """Whether nobody hears it come: its text may be one piece."""


_ASKED = frozenset(Request.__slots__) - {"messages", "options", "whole"}


class ChatPhi(BaseChatModel, Options):
    """A chat model of ours. Every field of `Options` may be given with each call as well; any other name is a
    `ConfigError`."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), hide_input_in_errors=True)

    secret: ClassVar[frozenset[str]] = frozenset()
    """Fields of which an error never shows the value."""

    model: str
    """A name of the catalogue, or what the backend takes besides."""
    streaming: bool = False
    """Whether `invoke` sends its tokens to callbacks as they come."""

    @abstractmethod
    def _chunks(self, request: Request) -> Generator[AIMessageChunk]:
        """The pieces of an answer; closing the generator ends the answer."""

    @abstractmethod
    def _achunks(self, request: Request) -> AsyncGenerator[AIMessageChunk]:
        """The same for an event loop."""

    @model_validator(mode="wrap")
    @classmethod
    def _known_and_valid(cls, values: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(values, dict):
            check_names(values, cls.model_fields, what=cls.__name__)
        try:
            return handler(values)
        except ValidationError as exc:
            raise refused(exc, cls.secret) from exc

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        """Everything that an answer depends on: a cache of answers is keyed by it."""
        return {"model": self.model} | {name: getattr(self, name) for name in sorted(Options.model_fields)}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        known = {name: value for name, value in kwargs.items() if name in Options.model_fields}
        options = for_call(self, known)
        return LangSmithParams(
            ls_provider=self._llm_type,
            ls_model_name=kwargs.get("model") or self.model,
            ls_model_type="chat",
            ls_temperature=options.temperature,
            ls_max_tokens=options.max_tokens,
            ls_stop=stop or options.stop or [],
        )

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: Any = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with tools that it may call; `tool_choice` is enforced.

        `strict=False` leaves arguments open to names that a tool's schema does not have.
        """
        formatted = openai_tools(tools, strict=strict)
        return self.bind(tools=formatted, tool_choice=tool_choice, **kwargs)

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """The model with answers of this schema; they always parse.

        `method` is `json_schema`, `function_calling` or `json_mode`.
        """
        check_names(kwargs, {"method", "strict"}, what="with_structured_output")
        return structured(self, schema, include_raw=include_raw, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with closing(self._chunks(self._request(messages, stop, kwargs))) as chunks:
            for chunk in chunks:
                generation = ChatGenerationChunk(message=chunk)
                if run_manager:
                    run_manager.on_llm_new_token(generation.text, chunk=generation)
                yield generation

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with aclosing(self._achunks(self._request(messages, stop, kwargs))) as chunks:
            async for chunk in chunks:
                generation = ChatGenerationChunk(message=chunk)
                if run_manager:
                    await run_manager.on_llm_new_token(generation.text, chunk=generation)
                yield generation

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with closing(self._chunks(replace(self._request(messages, stop, kwargs), whole=True))) as chunks:
            return generate_from_stream(ChatGenerationChunk(message=chunk) for chunk in chunks)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        async with aclosing(self._achunks(replace(self._request(messages, stop, kwargs), whole=True))) as chunks:
            return generate_from_stream(iter([ChatGenerationChunk(message=chunk) async for chunk in chunks]))

    def _request(self, messages: Sequence[BaseMessage], stop: list[str] | None, given: dict[str, Any]) -> Request:
        """A call as one value. Raises `ConfigError` for what nobody knows."""
        asked = {name: value for name, value in given.items() if name in _ASKED and value is not None}
        options = {name: value for name, value in given.items() if name not in _ASKED | _TOLD}
        check_names(options, {*Options.model_fields, *_ASKED}, what="The call")
        if stop is not None:
            options["stop"] = stop
        if "tools" in asked:
            asked["tools"] = openai_tools(asked["tools"])
        if not isinstance(wanted := asked.get("response_format"), Mapping | None):
            asked["response_format"] = response_format(wanted)
        return Request(messages, for_call(self, options), **asked)


def openai_tools(tools: Any, *, strict: bool | None = None) -> list[dict[str, Any]]:
    """Functions, classes, tools of LangChain and dicts, all as OpenAI writes them. Raises `ConfigError` for others."""
    if isinstance(tools, str | Mapping) or not isinstance(tools, Iterable):
        raise ConfigError(f"The argument 'tools' cannot be {tools!r}: give a list of functions, classes or tools.")
    return [_openai_tool(tool, strict) for tool in tools]


def _openai_tool(tool: Any, strict: bool | None) -> dict[str, Any]:
    try:
        return convert_to_openai_tool(tool, strict=strict)
    except Exception as exc:  # whatever reading somebody's annotations and docstrings raises
        raise ConfigError(
            f"{tool!r} cannot be a tool ({type(exc).__name__}: {exc}). Give a function with types and a docstring, a "
            "pydantic class, a tool of LangChain, or OpenAI's dict of one."
        ) from exc
