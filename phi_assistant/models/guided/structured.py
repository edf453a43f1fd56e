"""`with_structured_output` of our chat models: what is bound to the model, and how its answer is read.

Works with any of them that takes `response_format=` and tools. Knows nothing of grammars: the model sees to it that
its answer is of the schema, and shows the schema to itself (see `guidance`).
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Literal, get_args

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.base import OutputParserLike
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass

from phi_assistant.errors import ConfigError
from phi_assistant.models.guided.grammar import check_schema
from phi_assistant.models.guided.schema import name_of, schema_of

Method = Literal["json_schema", "function_calling", "json_mode"]


def structured(
    model: BaseChatModel,
    schema: dict[str, Any] | type | None,
    *,
    include_raw: bool = False,
    method: Method = "json_schema",
    strict: bool | None = None,
) -> Runnable[LanguageModelInput, Any]:
    """The model with answers of this schema: of the class, if it is pydantic's, else dicts, streamed as they grow.

    `json_schema` keeps the whole answer within the schema; `function_calling` has the model call a tool of it;
    `json_mode` only promises JSON, and what it is to hold must stand in the prompt. `strict=False` leaves objects open
    to keys that the schema does not name. Raises `ConfigError` at once for what cannot be kept to.
    """
    if method not in get_args(Method):
        raise ConfigError(
            f"There is no method {method!r} for structured output. Known are {', '.join(get_args(Method))}."
        )
    if schema is None and method != "json_mode":
        raise ConfigError("No schema was given, and only the method 'json_mode' can do without one. Give one.")
    if method == "function_calling":
        return _with_raw(*_calling(model, schema), include_raw=include_raw)
    if method == "json_mode":
        wanted: dict[str, Any] = {"type": "json_object"}
    else:
        wanted = response_format(schema, strict)
    told = {"kwargs": {"method": method}, "schema": _told(schema)}
    bound = model.bind(response_format=wanted, ls_structured_output_format=told)
    return _with_raw(bound, _parser(schema), include_raw=include_raw)


def response_format(schema: Any, strict: bool | None = None) -> dict[str, Any]:
    """A schema, or a class of one, as OpenAI writes it. Raises `ConfigError` for what cannot be kept to."""
    wanted = schema_of(schema, strict=strict)
    check_schema(wanted)
    return {
        "type": "json_schema",
        "json_schema": {"name": name_of(schema), "schema": wanted, "strict": strict is not False},
    }


def _calling(model: BaseChatModel, schema: Any) -> tuple[Runnable[LanguageModelInput, Any], OutputParserLike[Any]]:
    tool = convert_to_openai_tool(schema)
    name = tool["function"]["name"]
    told = {"kwargs": {"method": "function_calling"}, "schema": tool}
    bound = model.bind_tools([schema], tool_choice=name, parallel_tool_calls=False, ls_structured_output_format=told)
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        return bound, PydanticToolsParser(tools=[schema], first_tool_only=True)
    return bound, JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)


def _parser(schema: Any) -> OutputParserLike[Any]:
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        return PydanticOutputParser(pydantic_object=schema)
    return JsonOutputParser()


def _told(schema: Any) -> Any:
    """The schema for those who watch the call, as LangChain writes it where it can."""
    try:
        return convert_to_json_schema(schema)
    except (ValueError, TypeError, RecursionError):  # no title, none at all, or one that contains itself
        return schema if schema is None or isinstance(schema, Mapping) else schema_of(schema, strict=False)


def _with_raw(
    model: Runnable[LanguageModelInput, Any], parser: OutputParserLike[Any], *, include_raw: bool
) -> Runnable[LanguageModelInput, Any]:
    if not include_raw:
        return model | parser
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    # A map as the first step would keep the options of a call from the model.
    return model | RunnableLambda(_as_raw) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _as_raw(answer: AIMessage) -> dict[str, Any]:
    return {"raw": answer}
