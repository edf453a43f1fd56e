"""ChatPhiOnnx does what every chat model of ours does."""

from __future__ import annotations

import pytest
from chat_contract import ChatContract


@pytest.mark.slow
class TestChatPhiOnnx(ChatContract):
    provider = "onnx"

    @pytest.fixture
    def active(self):
        def of(speaker):
            metrics = speaker.metrics()
            return metrics.active + metrics.waiting

        return of
