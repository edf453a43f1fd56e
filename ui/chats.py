"""The open chat models: one for each model spec, shared by all sessions."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from phi_assistant.models.specs import chat_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

    from phi_assistant.models.onnx.wire import Progress
    from phi_assistant.settings import Settings


class Chats:
    """Chat models by their specs. May be used from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, BaseChatModel] = {}
        self._lock = Lock()

    def get(self, spec: str, on_progress: Callable[[Progress], None] | None = None) -> BaseChatModel:
        """The chat model of a spec, as it is for everybody, or one that tells how far it has read.

        Raises `ConfigError` for a spec that names none, and `ModelUnavailable`.
        """
        with self._lock:
            if spec not in self._open:
                self._open[spec] = chat_model(spec, self._settings)
            shared = self._open[spec]
        if on_progress is None or "on_progress" not in type(shared).model_fields:
            return shared
        return shared.model_copy(update={"on_progress": on_progress})  # on the same process

    def close(self, spec: str | None = None) -> None:
        """Ends one of them, or all; whoever asks for it again gets it anew."""
        with self._lock:
            for name in [spec] if spec else list(self._open):
                chat = self._open.pop(name, None)
                if close := getattr(chat, "close", None):
                    close()
