"""What is open and what is chosen on the page Ask, and what happens when something is asked there.

The open conversation stands in the address, `?c=…`, and whom to begin with may: `?bot=…`, or `?collection=…` for one
that no bot has; so they can be kept and reloaded. What was chosen otherwise lasts as long as the tab.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.conversations.conversations import shortened
from phi_assistant.errors import PhiAssistantError
from ui import client, resources
from ui.job import Question
from ui.words import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from phi_assistant.assistant import Assistant
    from phi_assistant.bots import Bot
    from phi_assistant.conversations import Conversations
    from phi_assistant.conversations.values import Conversation
    from phi_assistant.models.onnx.wire import Progress

PROBLEM = "ask problem"
"""What went wrong when something was pressed; shown once."""
EDITING = "ask editing"
"""The id of the answer whose question is being edited."""
FRESH = "ask fresh"
"""The id of the conversation in which something was asked, until its answer has been shown."""
DESK = "ask desk"
"""The key of the desk that was asked last: a new conversation begins there."""
DESK_FIELD = "ask-desk"
"""The key of the field in which it is chosen."""
MODELS = "ask models"
"""By the name of a bot, the model that was chosen last."""
RATED = "ask rated"
"""The id of the answer that was rated last."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Whom one can ask: a bot, or nobody in particular with the documents of a collection."""

    bot: Bot | None
    collection: str

    @property
    def key(self) -> str:
        """Its name among `desks`."""
        return self.bot.name if self.bot else collection_key(self.collection)

    @property
    def shown(self) -> str:
        """As people see it."""
        if self.bot:
            return self.bot.shown
        return _("My documents") if self.collection == resources.settings().collection else self.collection


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is to answer."""

    desk: Desk
    model: str
    """Its model spec."""


def open_id() -> str:
    """The id of the conversation in the address; empty where a new one begins."""
    return st.query_params.get("c", "")


def open_conversation(id_: str) -> None:
    """Puts a conversation into the address; "" for a new one."""
    st.session_state.pop(EDITING, None)
    client.went()
    if id_:
        st.query_params["c"] = id_
    else:
        st.query_params.pop("c", None)


def desks() -> dict[str, Desk]:
    """Those that have documents, by a name of their own: first the documents of the settings, then those that no bot
    has, then the bots; empty where there are no documents at all."""
    filled, own = resources.stores().filled(), resources.settings().collection
    bots = {name: desk_of(bot) for name, bot in resources.bots().items()}
    taken = {desk.collection for desk in bots.values()} - {own}
    free = sorted((each for each in filled if each not in taken), key=lambda each: (each != own, each))
    return {
        **{collection_key(each): Desk(None, each) for each in free},
        **{name: desk for name, desk in bots.items() if desk.collection in filled},
    }


def desk_of(bot: Bot) -> Desk:
    """The bot with the documents that it has."""
    return Desk(bot, resources.collection_of(bot))


def address_of(collection: str) -> dict[str, str]:
    """What the address of the page says where a conversation with these documents is to begin."""
    bots = (name for name, bot in resources.bots().items() if resources.collection_of(bot) == collection)
    name = next(bots, None)
    return {"bot": name} if name else {"collection": collection}


def collection_key(name: str) -> str:
    """The name of a collection without a bot among `desks`; no bot has one with such a sign."""
    return f"{name}:"


def models(bot: Bot | None) -> list[str]:
    """The model specs to choose from, the one first that answers if nobody chooses."""
    first = resources.spec_of(bot)
    return [first, *(each for each in resources.models_found() if each != first)]


def model_key(bot: Bot | None) -> str:
    """The key of the field with the model for a bot, or for documents without one."""
    return f"model-{bot.name if bot else ''}"


def model_of(bot: Bot | None) -> str:
    """The model spec that was chosen last for a bot, or the first where none was or it is gone."""
    remembered = st.session_state.setdefault(MODELS, {}).get(bot.name if bot else "")
    chosen, specs = st.session_state.get(model_key(bot), remembered), models(bot)
    return chosen if chosen in specs else specs[0]


def ask(mine: Conversations, chosen: Chosen, text: str, *, instead_of: int | None = None) -> None:
    """Asks in the open conversation, or begins one; what went wrong is in `PROBLEM`."""
    if not text.strip():
        return
    chosen = _chosen_by_now(chosen)
    try:
        id_ = open_id() or _begun(mine, chosen, text).id
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc
        return
    make = partial(_assistant, chosen)
    resources.jobs().start(Question(id_, text.strip(), chosen.model, instead_of), make, mine)
    open_conversation(id_)
    st.session_state[FRESH] = id_


def ask_typed(mine: Conversations, chosen: Chosen, key: str, *, instead_of: int | None = None) -> None:
    """Asks what was typed into the field with this key."""
    ask(mine, chosen, str(st.session_state.get(key) or ""), instead_of=instead_of)


def _chosen_by_now(drawn: Chosen) -> Chosen:
    """Who is to answer: one may be quicker with a choice and a question than the page is drawn."""
    desk = drawn.desk if open_id() else desks().get(str(st.session_state.get(DESK_FIELD)), drawn.desk)
    return Chosen(desk, model_of(desk.bot))


def _begun(mine: Conversations, chosen: Chosen, text: str) -> Conversation:
    bot = chosen.desk.bot
    return mine.begin(collection=chosen.desk.collection, bot=bot.name if bot else "", title=shortened(text))


def _assistant(chosen: Chosen, told: Callable[[Progress], None]) -> Assistant:
    return resources.assistant(chosen.desk.bot, chosen.model, collection=chosen.desk.collection, on_progress=told)
