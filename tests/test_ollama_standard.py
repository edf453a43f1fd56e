"""LangChain's own tests of chat models, all of them as they are: on the test server, and on a real one if it is named.

OLLAMA_HOST=127.0.0.1:11434 PHI_ASSISTANT_TEST_OLLAMA_MODEL=phi4-mini pytest -m ollama
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from conftest import REAL_NAME, REAL_SERVER
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from phi_assistant import ChatPhiOllama
from phi_assistant.fakes.ollama import Asked, FakeModel, OllamaServer, ToolCall, Turn, schemas

SAID = "There are no seas of cheese on the moon, and 1 2 3 is all there is."


def obliging(asked: Asked) -> str | Turn:
    """Calls the tool that the question speaks of, with the number or the words in it; else it says the same."""
    text = asked.messages[-1]["content"].split("\n\n")[0]  # without what was told of schemas
    if asked.format:
        return _within(asked.format, text)
    if not asked.tools or asked.messages[-1]["role"] == "tool":
        return SAID
    functions = [each["function"] for each in asked.tools]
    called = next((each for each in functions if each["name"] in text), functions[0])
    return Turn(calls=[ToolCall(called["name"], _arguments(called["parameters"], text))])


def _within(schema: Any, text: str) -> str:
    made = schemas.fitting(schema, SAID)
    call = json.loads(made)
    if not isinstance(call, dict) or call.keys() != {"name", "arguments"}:
        return made
    return json.dumps(
        call | {"arguments": _arguments((schema.get("anyOf") or [schema])[0]["properties"]["arguments"], text)}
    )


def _arguments(schema: dict[str, Any], text: str) -> dict[str, Any]:
    number = re.search(r"\d+", text)
    return {
        name: text if how.get("type") == "string" else int(number[0]) if number else 3
        for name, how in schema.get("properties", {}).items()
    }


MODELS = (
    FakeModel("phi4-mini", says=obliging, capabilities=["completion", "tools"]),
    FakeModel("phi3.5", says=SAID),
    FakeModel("phi4", says=SAID),
)


@pytest.fixture(scope="module")
def server():
    with OllamaServer(MODELS) as server:
        yield server


class OnTestServer:
    """One that calls tools when they are spoken of, and one that has none; no understanding beyond that."""

    name = "phi4-mini"
    url: str | None

    @pytest.fixture(autouse=True)
    def _server(self, server: OllamaServer) -> None:
        self.url = server.url

    @property
    def chat_model_class(self) -> type[ChatPhiOllama]:
        return ChatPhiOllama

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.name, "base_url": self.url}

    @property
    def model_override_value(self) -> str | None:
        return "phi4"

    @property
    def supports_json_mode(self) -> bool:
        """The names of its keys are in the question, which it does not understand."""
        return False


class WithoutTools:
    name = "phi3.5"

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return True


class TestUnit(OnTestServer, ChatModelUnitTests):
    pass


class TestUnitWithoutTools(WithoutTools, OnTestServer, ChatModelUnitTests):
    pass


class TestIntegration(OnTestServer, ChatModelIntegrationTests):
    pass


class TestIntegrationWithoutTools(WithoutTools, OnTestServer, ChatModelIntegrationTests):
    pass


class OnRealServer(OnTestServer):
    name = REAL_NAME

    @pytest.fixture(autouse=True)
    def _server(self) -> None:
        self.url = REAL_SERVER

    @property
    def supports_model_override(self) -> bool:
        """One was named."""
        return False

    @property
    def supports_json_mode(self) -> bool:
        return True


@pytest.mark.ollama
class TestUnitReal(OnRealServer, ChatModelUnitTests):
    pass


@pytest.mark.ollama
class TestIntegrationReal(OnRealServer, ChatModelIntegrationTests):
    pass
