"""LangChain's own tests of chat models, all of them as they are, on the test server asked as any with OpenAI's API."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from test_ollama_standard import MODELS

from phi_assistant.fakes.ollama import OllamaServer
from phi_assistant.models.openai.chat import ChatOpenAICompatible


@pytest.fixture(scope="module")
def server():
    with OllamaServer(MODELS) as server:
        yield server


class OnTestServer:
    """One that calls tools when they are spoken of; no understanding beyond that."""

    url: str

    @pytest.fixture(autouse=True)
    def _server(self, server: OllamaServer) -> None:
        self.url = server.url

    @property
    def chat_model_class(self) -> type[ChatOpenAICompatible]:
        return ChatOpenAICompatible

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "phi4-mini", "base_url": f"{self.url}/v1"}

    @property
    def model_override_value(self) -> str | None:
        return "phi4"

    @property
    def supports_json_mode(self) -> bool:
        """The names of its keys are in the question, which it does not understand."""
        return False


class TestUnit(OnTestServer, ChatModelUnitTests):
    pass


class TestIntegration(OnTestServer, ChatModelIntegrationTests):
    pass
