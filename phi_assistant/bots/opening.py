"""A bot at work: its file and the settings in, an assistant that speaks as it says out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from phi_assistant.application import answerer_of, open_retriever, rewrite_of
from phi_assistant.assistant import Assistant
from phi_assistant.bots.bot import Bot
from phi_assistant.bots.drafting import Drafting
from phi_assistant.bots.hints import INSTRUCTIONS, Stage
from phi_assistant.bots.tutor import Tutor
from phi_assistant.languages import NAMES, spoken
from phi_assistant.prompts import RULES, Prompter
from phi_assistant.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from phi_assistant.answering import Answerer
    from phi_assistant.retrieval import Retriever


def settings_of(bot: Bot, settings: Settings) -> Settings:
    """The settings with what the bot says of its documents and its model."""
    own = {"collection": bot.collection, "model": bot.model}
    return settings.model_copy(update={name: value for name, value in own.items() if value})


@contextmanager
def open_bot(bot: Bot, settings: Settings) -> Iterator[Assistant]:
    """The bot's assistant, until the end of the block; `settings` are those of `settings_of`.

    Raises as `open_assistant` does.
    """
    with open_retriever(settings) as retriever:
        yield bot_on(bot, retriever, settings)


def bot_on(bot: Bot, retriever: Retriever, settings: Settings, *, chat: BaseChatModel | None = None) -> Assistant:
    """The bot's assistant on an open retriever; `chat` is its chat model where that is open already.

    Raises `ConfigError` for a model spec that cannot be used.
    """
    prompter = Prompter(system=system_of(bot), languages=bot.languages)
    answerer = answerer_of(retriever, settings, prompter=prompter, strict=bot.strict, chat=chat)
    if bot.hints:
        hinters = _hinters(answerer, retriever)
        return Tutor(retriever, answerer, hints=bot.hints, hinters=hinters, refusal=refusing(bot), hits=settings.hits)
    rewrite = rewrite_of(answerer, settings)
    return Assistant(retriever, answerer, hits=settings.hits, refusal=refusing(bot), rewrite=rewrite)


def system_of(bot: Bot) -> str:
    """What a language model is told before everything else: who it is, the rules, and how it speaks."""
    parts = [bot.persona, RULES, bot.style]
    if bot.languages:
        named = ", ".join(NAMES.get(language, language) for language in bot.languages)
        parts.append(f"You speak these languages: {named}. To a question in another, answer in the first.")
    return "\n\n".join(part for part in parts if part)


def refusing(bot: Bot) -> Callable[[str], str]:
    """What the bot says where the documents do not say, in the language of the question."""
    return lambda question: bot.refuse(spoken(question))


def _hinters(answerer: Answerer, retriever: Retriever) -> dict[Stage, Answerer]:
    """Who drafts hints: the bot's chat model, told to; nobody if it has none."""
    from phi_assistant.generative import ChatAnswerer

    if not (isinstance(answerer, ChatAnswerer) and isinstance(answerer.prompter, Prompter)):
        return {}
    told, citer = answerer.prompter, Drafting(retriever.embedder, retriever.store.analyzer)
    return {
        stage: answerer.told(replace(told, instruction=INSTRUCTIONS[stage]), citer=citer)
        for stage in (Stage.HINT, Stage.FULLER)
    }
