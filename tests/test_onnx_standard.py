"""LangChain's own tests of chat models, all of them as they are: on tiny models, and on a real one where it is named.

PHI_ASSISTANT_TEST_MODEL=~/models/Phi-3.5-mini-instruct-onnx pytest -m model
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from phi_assistant.models.onnx import ChatPhiOnnx


class Tiny:
    """A model without understanding: it cannot choose a tool, and is made to keep to a schema."""

    name: str
    other = "answer"
    folder: str
    other_folder: str

    @pytest.fixture(autouse=True)
    def _folders(self, chat: Callable[..., ChatPhiOnnx]) -> None:
        """`chat` keeps the processes for the next test."""
        self.folder, self.other_folder = (chat(name).model for name in (self.name, self.other))

    @property
    def chat_model_class(self) -> type[ChatPhiOnnx]:
        return ChatPhiOnnx

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.folder}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        """A model on this machine needs no key, and what fails here would fail again."""
        return {"temperature": 0, "max_tokens": 100, "timeout": 60, "stop": []}

    @property
    def model_override_value(self) -> str | None:
        return self.other_folder

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_tool_choice(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return True

    @property
    def supports_json_mode(self) -> bool:
        """The names of its keys are in the question, which it does not understand."""
        return False


class TestUnitPhi3(Tiny, ChatModelUnitTests):
    name = "closing"


class TestUnitPhi4(Tiny, ChatModelUnitTests):
    name = "closing4"


class TestIntegrationPhi3(Tiny, ChatModelIntegrationTests):
    name = "closing"


class TestIntegrationPhi4(Tiny, ChatModelIntegrationTests):
    name = "closing4"


class Real(Tiny):
    """One that understands."""

    @pytest.fixture(autouse=True)
    def _folders(self, real_model: str) -> None:
        self.folder = real_model

    @property
    def supports_model_override(self) -> bool:
        """One was named."""
        return False

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        return {"temperature": 0, "max_tokens": 256, "timeout": 600, "stop": []}

    @property
    def has_tool_calling(self) -> bool:
        return True

    @property
    def has_tool_choice(self) -> bool:
        return True

    @property
    def supports_json_mode(self) -> bool:
        return True


@pytest.mark.model
class TestUnitReal(Real, ChatModelUnitTests):
    pass


@pytest.mark.model
class TestIntegrationReal(Real, ChatModelIntegrationTests):
    pass
