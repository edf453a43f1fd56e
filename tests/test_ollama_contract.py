"""ChatPhiOllama does what every chat model of ours does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_contract import ChatContract
from ollama_models import MODELS

from phi_assistant import ChatPhiOllama
from phi_assistant.fakes.ollama import OllamaServer


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    with OllamaServer(MODELS, max_loaded=len(MODELS)) as server:
        yield server


class TestChatPhiOllama(ChatContract):
    provider = "ollama"

    @pytest.fixture
    def chat(self, server):
        return lambda name, **options: ChatPhiOllama(model=name, base_url=server.url, **options)

    @pytest.fixture
    def active(self, server):
        return lambda speaker: server.active
