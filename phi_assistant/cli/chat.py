"""`phi-assistant chat`: a conversation on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from phi_assistant.cli.options import Collection, Config, Data, Model, settings
from phi_assistant.errors import QuestionError
from phi_assistant.schema import Turn

_LEAVE = ("/quit", "/exit")


def chat(data: Data = None, collection: Collection = None, model: Model = None, config: Config = None) -> None:
    """Talk with the documents: follow-up questions are understood. End with /quit or Ctrl-D.

    Other commands may use the same documents meanwhile.
    """
    from rich.console import Console

    from phi_assistant.application import open_assistant, shared
    from phi_assistant.cli.show import print_answer

    console = Console(highlight=False, soft_wrap=True)
    history: list[Turn] = []
    chosen = settings(config, data=data, collection=collection, model=model)
    with shared(chosen), open_assistant(chosen) as assistant:
        for question in _questions():
            try:
                answer = assistant.ask(question, history)
            except QuestionError as exc:
                console.print(str(exc), markup=False)
                continue
            print_answer(answer, console)
            history += answer.turns


def _questions() -> Iterator[str]:
    """What the user types, until he leaves; blank lines are passed over."""
    prompt = "\n> " if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return
        if line in _LEAVE:
            return
        if line:
            yield line
