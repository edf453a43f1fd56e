"""What all sessions share: settings, collections, chat models, bots, the database of conversations. Each made once.

    settings()               as `phi-assistant ui` or the environment gave them
    stores()                 open collections (see `stores`): .names(), .retriever(name), .store(name, create=True)
    assistant(bot, spec)     the parts joined; cheap, made for each question
    bots()                   those that can be used, by name
    models_found()           model specs that could answer now, the best first
    conversations(person)    those of one person; so are comparisons(person)
    jobs()                   answers that are being written
    works()                  documents that are being read, and indexed anew

All of them may be called from a thread without a page. What they raise is for `trouble.told`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import streamlit as st

from ui.settled import access as access
from ui.settled import settings as settings
from ui.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Callable

    from phi_assistant.assistant import Assistant
    from phi_assistant.bots import Bot
    from phi_assistant.conversations import Comparisons, Conversations, Database
    from phi_assistant.models.onnx.wire import Progress
    from phi_assistant.retrieval import Retriever
    from ui.chats import Chats
    from ui.contests import Contests
    from ui.downloads import Downloads
    from ui.jobs import Jobs
    from ui.person import Person
    from ui.works import Works


class _Closes(Protocol):
    def close(self) -> None: ...


_Closing = TypeVar("_Closing", bound=_Closes)
_to_close: list[_Closes] = []
"""What was made, closed from the last to the first."""


@st.cache_resource(show_spinner=False)
def stores() -> Stores:
    """The open collections."""
    return _closed_at_the_end(Stores(settings()))


@st.cache_resource(show_spinner=False)
def chats() -> Chats:
    """The open chat models."""
    from ui.chats import Chats

    return _closed_at_the_end(Chats(settings()))


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """Models that are on their way."""
    from ui.downloads import Downloads

    return Downloads(settings(), on_done=models_found.clear)


@st.cache_resource(show_spinner=False)
def works() -> Works:
    """What is being read and indexed."""
    from ui.works import Works

    return _closed_at_the_end(Works(settings().data, prepare=lambda name: stores().store(name, create=True)))


@st.cache_resource(show_spinner=False)
def database() -> Database:
    """Where conversations are kept."""
    from phi_assistant.conversations import open_database

    return _closed_at_the_end(open_database(settings().conversations_place))


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The answers that are being written."""
    from ui.jobs import Jobs

    _ = stores(), chats(), database()  # which they stand on, and which are closed after them
    return _closed_at_the_end(Jobs())


def conversations(person: Person) -> Conversations:
    """Those of one person, and of nobody else."""
    from phi_assistant.conversations import Conversations

    return Conversations(database(), owner=person.owner)


def comparisons(person: Person) -> Comparisons:
    """Those of one person, and of nobody else."""
    from phi_assistant.conversations import Comparisons

    return Comparisons(database(), owner=person.owner)


@st.cache_resource(show_spinner=False)
def contests() -> Contests:
    """The comparisons that are being written."""
    from ui.contests import Contests

    return Contests(jobs())


def bots() -> dict[str, Bot]:
    """The bots that can be used, by name; what is wrong with the others is in `bot_problems`."""
    return _bots()[0]


def bot_problems() -> dict[str, str]:
    """By name, why a bot cannot be used."""
    return _bots()[1]


def collection_of(bot: Bot | None) -> str:
    """The collection that a bot answers from; without a bot, that of the settings."""
    return (bot and bot.collection) or settings().collection


def retriever(collection: str) -> Retriever:
    """The retriever on a collection. Raises `EmptyStore` where the Library is to be shown, and `StoreBusy`."""
    return stores().retriever(collection)


def spec_of(bot: Bot | None, spec: str | None = None) -> str:
    """Who answers: the model that was chosen, else the bot's, else that of the settings, else the best that is here."""
    return spec or (bot and bot.model) or settings().model or models_found()[0]


def assistant(
    bot: Bot | None = None,
    spec: str | None = None,
    *,
    collection: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Assistant:
    """An assistant on the shared retriever and the shared chat model, as the bot if one is given.

    It has the documents of the `collection`, else those that the bot has. `on_progress` is told while an ONNX model
    reads a long prompt. Raises as `retriever` does, `ConfigError` for a model spec that cannot be used, and
    `ModelUnavailable`.
    """
    from phi_assistant.application import assistant_on
    from phi_assistant.bots.opening import bot_on, settings_of
    from phi_assistant.models.specs import EXTRACTIVE

    named = spec_of(bot, spec)
    chosen = (settings_of(bot, settings()) if bot else settings()).model_copy(update={"model": named})
    reader = retriever(collection or collection_of(bot))
    chat = None if named == EXTRACTIVE else chats().get(named, on_progress)
    return bot_on(bot, reader, chosen, chat=chat) if bot else assistant_on(reader, chosen, chat=chat)


@st.cache_data(ttl=15, show_spinner=False)
def models_found() -> list[str]:
    """The model specs that could answer now, the best first: `extractive` always, what is on this machine, and what
    an Ollama server has."""
    from phi_assistant.models.specs import found

    return found(settings())


@st.cache_data(ttl=15, show_spinner=False)
def _bots() -> tuple[dict[str, Bot], dict[str, str]]:
    from phi_assistant.bots import load, names
    from phi_assistant.errors import ConfigError

    usable, problems = {}, {}
    for name, file in names([settings().bots_folder]).items():
        try:
            usable[name] = load(file)
        except ConfigError as exc:
            problems[name] = str(exc)
    return usable, problems


def _closed_at_the_end(made: _Closing) -> _Closing:
    _to_close.append(made)
    return made


def close() -> None:
    """Closes what was opened, and forgets the settings; for the end of the program, and of a test."""
    while _to_close:
        _to_close.pop().close()
    st.cache_resource.clear()
    st.cache_data.clear()
    for made in (settings, access):
        made.cache_clear()
