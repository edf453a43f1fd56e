"""`phi-assistant chat`: a conversation on the terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from phi_assistant.cli.kept import kept, kept_so_far
from phi_assistant.cli.options import BotName, Collection, Config, Data, Model, assistant, bot_and_settings, settings
from phi_assistant.errors import QuestionError
from phi_assistant.schema import Answer

if TYPE_CHECKING:
    from rich.console import Console

    from phi_assistant.assistant import Assistant, Reply
    from phi_assistant.bots import Bot
    from phi_assistant.cli.talk import Talk

_LEAVE = ("/quit", "/exit")
_COMMANDS = (
    "/good and /bad, with a reason if you like, judge the last answer; /quit leaves. Anything else is a question."
)
_COMMAND = re.compile(r"/[a-z]+")
_JUDGE: dict[str, Literal["up", "down"]] = {"/good": "up", "/bad": "down"}


def chat(
    go_on: Annotated[bool, typer.Option("--continue", "-c", help="Go on with the last conversation.")] = False,
    conversation: Annotated[
        str | None,
        typer.Option("--conversation", metavar="ID", help="Go on with this one; see `phi-assistant conversations`."),
    ] = None,
    no_keep: Annotated[bool, typer.Option("--no-keep", help="Leave nothing of what is said.")] = False,
    data: Data = None,
    collection: Collection = None,
    model: Model = None,
    bot: BotName = None,
    config: Config = None,
) -> None:
    """Talk with the documents: follow-up questions are understood. Ctrl-C stops an answer; end with /quit or Ctrl-D.

    What is said is kept. /good or /bad, with a reason if you like, says what you think of the last answer.

    Other commands may use the same documents meanwhile.
    """
    from rich.console import Console

    from phi_assistant.application import shared
    from phi_assistant.cli.show import who_answers
    from phi_assistant.cli.talk import Talk, earlier_one

    console = Console(highlight=False, soft_wrap=True)
    place = settings(config, data=data)
    with ExitStack() as stack:
        mine, earlier = None, None
        if go_on or conversation:
            mine = stack.enter_context(kept_so_far(place))
            earlier = earlier_one(mine, conversation, bot=bot, collection=collection)
            bot, collection = earlier.bot or None, earlier.collection
        elif not no_keep:
            mine = stack.enter_context(kept(place))
        who, chosen = bot_and_settings(bot, config, data=data, collection=collection, model=model)
        stack.enter_context(shared(chosen))
        asked = stack.enter_context(assistant(chosen, who))
        talk = Talk(mine, earlier, keep=not no_keep, bot=who.name if who else "", collection=chosen.collection)
        for told in (talk.told(data), who_answers(asked.answerer.model)):
            console.print(told, style="dim", markup=False)
        _show_last(talk, console) if earlier else _greet(who, console)
        for line in _lines():
            _reply(line, talk, asked, console)


def _greet(bot: Bot | None, console: Console) -> None:
    """What the bot says first, and what it suggests."""
    if bot is None:
        return
    console.print(bot.greeting.spoken() or bot.shown, markup=False)
    for question in bot.questions[:3]:
        console.print(f"  “{question}”", style="dim", markup=False)


def _show_last(talk: Talk, console: Console) -> None:
    """What was said last in the conversation that goes on."""
    from phi_assistant.cli.show import print_message

    for message in talk.last_messages():
        print_message(message, console)


def _reply(line: str, talk: Talk, asked: Assistant, console: Console) -> None:
    """To a question its answer, to a judgement a word of thanks, to an unknown command those that there are; or what
    went wrong, and the conversation goes on."""
    from phi_assistant.cli.show import print_answer
    from phi_assistant.conversations.errors import ConversationError
    from phi_assistant.models.errors import ChatError

    word, _, reason = line.partition(" ")
    try:
        if word in _JUDGE:
            talk.judge(_JUDGE[word], reason.strip())
            console.print("Noted.", markup=False)
            return
        if _COMMAND.fullmatch(word):
            console.print(_COMMANDS, markup=False)
            return
        answer = _answered(asked.stream(line, talk.history), console)
        print_answer(answer, console)
        talk.add(answer, line)
    except (QuestionError, ChatError, ConversationError) as exc:
        console.print(str(exc), markup=False)
    except KeyboardInterrupt:
        if not _typing():
            raise
        console.print("Stopped. Ask something else; Ctrl-C once more, or /quit, leaves.", style="dim", markup=False)


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


def _lines() -> Iterator[str]:
    """What the user types, until he leaves; blank lines are passed over. Ctrl-C leaves, or discards a line that was
    begun."""
    prompt = "\n> " if _typing() else ""
    if prompt:
        with suppress(ImportError):  # Windows has no such module, and edits lines by itself
            import readline  # noqa: F401  the arrow keys, for `input`
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return
        except KeyboardInterrupt:
            if not prompt:
                raise
            print()
            if _begun():
                continue
            return
        if line in _LEAVE:
            return
        if line:
            yield line


def _typing() -> bool:
    """Whether a person types here, who wants to go on after Ctrl-C; what comes from a file is ended by it."""
    return sys.stdin.isatty()


def _begun() -> bool:
    """Whether something stands in the line that is being typed, where that can be known."""
    line = sys.modules.get("readline")
    return bool(line and line.get_line_buffer().strip())
