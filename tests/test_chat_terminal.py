"""`phi-assistant chat` at a terminal: Ctrl-C stops an answer, and leaves where nothing is being answered or typed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from threading import Thread

import pytest
from programs import POSIX
from raw_ollama import wait_until
from terminal import Shop

from phi_assistant.fakes.ollama import FakeModel, OllamaServer, Stall

pytestmark = pytest.mark.skipif(not POSIX, reason="Windows has no pseudo-terminals of this kind")

QUESTION = "How long do I have to return a grinder?"
ANSWER = "You have 45 days from delivery to return a grinder."
PROMPT = "\n> "
SECONDS = 60.0


class Terminal:
    """A chat with a person who types; `shown` is all that was on the screen."""

    def __init__(self, shop: Shop, *flags: str) -> None:
        self._person, screen = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "phi_assistant", "chat", *flags],
            env={**shop.environment, "TERM": "xterm", "COLUMNS": "120"},
            stdin=screen,
            stdout=screen,
            stderr=screen,
        )
        os.close(screen)
        self.shown = ""
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> None:
        os.write(self._person, text.encode())

    def shows(self, text: str, *, times: int = 1) -> None:
        """Waits until it does."""
        assert wait_until(lambda: self.shown.count(text) >= times, seconds=SECONDS), self.shown

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        os.close(self._person)

    def _read(self) -> None:
        try:
            while part := os.read(self._person, 1000):
                self.shown += part.decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # as Linux says that nobody has it open any more
            pass


def test_ctrl_c_stops_the_answer_then_what_is_typed_and_then_leaves(shop, monkeypatch):
    with OllamaServer([FakeModel("phi3.5", says=ANSWER)]) as server:
        monkeypatch.setenv("PHI_ASSISTANT_OLLAMA", server.url)
        server.fail(Stall(lines=3))
        with closing(Terminal(shop, "--no-keep", "--model", "ollama:phi3.5")) as terminal:
            terminal.shows(PROMPT)
            terminal.type(f"{QUESTION}\n")
            terminal.shows("You have")
            terminal.interrupt()
            terminal.shows("Stopped.")
            terminal.shows(PROMPT, times=2)
            terminal.type(f"{QUESTION}\n")
            terminal.shows(f"{ANSWER} [1]")
            terminal.shows(PROMPT, times=3)
            terminal.type("When does")
            terminal.shows("When does")
            terminal.interrupt()
            terminal.shows(PROMPT, times=4)
            terminal.interrupt()
            assert terminal.process.wait(SECONDS) == 0
