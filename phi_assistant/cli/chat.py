"""`phi-assistant chat`: a conversation on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from phi_assistant.cli.options import BotName, Collection, Config, Data, Model, assistant, bot_and_settings
from phi_assistant.errors import QuestionError
from phi_assistant.schema import Answer, Turn

if TYPE_CHECKING:
    from rich.console import Console

    from phi_assistant.assistant import Reply
    from phi_assistant.bots import Bot

_LEAVE = ("/quit", "/exit")


def chat(
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    bot: BotName = None,
    config: Config = None,
) -> None:
    """Talk with the documents: follow-up questions are understood. End with /quit or Ctrl-D.

    Other commands may use the same documents meanwhile.
    """
    from rich.console import Console

    from phi_assistant.application import shared
    from phi_assistant.cli.show import print_answer
    from phi_assistant.models.errors import ChatError

    console = Console(highlight=False, soft_wrap=True)
    history: list[Turn] = []
    who, chosen = bot_and_settings(bot, config, data=data, collection=collection, model=model)
    with shared(chosen), assistant(chosen, who) as asked:
        if who:
            _greet(who, console)
        for question in _questions():
            try:
                answer = _answered(asked.stream(question, history), console)
            except (QuestionError, ChatError) as exc:
                console.print(str(exc), markup=False)
                continue
            print_answer(answer, console)
            history += answer.turns


def _greet(bot: Bot, console: Console) -> None:
    """What the bot says first, and what it suggests."""
    console.print(bot.greeting.spoken() or bot.shown, markup=False)
    for question in bot.questions[:3]:
        console.print(f"  “{question}”", style="dim", markup=False)


def _answered(reply: Reply, console: Console) -> Answer:
    """The answer; on a terminal its words are shown while they are written, and make way for the checked ones."""
    from rich.live import Live
    from rich.text import Text

    if not console.is_terminal:
        return reply.answer
    text = ""
    with Live(console=console, transient=True, refresh_per_second=8) as live:
        for piece in reply:
            text += piece
            live.update(Text(text, style="dim"))
    return reply.answer


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
