"""What is open and what is chosen on the page Ask, and what happens when something is asked there.

The open conversation stands in the address, `?c=…`, and a bot to begin with may, `?bot=…`; so both can be kept and
reloaded. What was chosen otherwise lasts as long as the tab.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.conversations.conversations import shortened
from phi_assistant.errors import PhiAssistantError
from ui import resources
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
RATED = "ask rated"
"""The id of the answer that was rated last."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is to answer."""

    bot: Bot | None
    model: str
    """Its model spec."""


def open_id() -> str:
    """The id of the conversation in the address; empty where a new one begins."""
    return st.query_params.get("c", "")


def open_conversation(id_: str) -> None:
    """Puts a conversation into the address; "" for a new one."""
    st.session_state.pop(EDITING, None)
    if id_:
        st.query_params["c"] = id_
    else:
        st.query_params.pop("c", None)


def usable_bots() -> dict[str, Bot | None]:
    """By name, those whose documents are here; "" is nobody in particular, who has the documents of the settings."""
    here, own = set(resources.stores().names()), resources.settings().collection
    bots = {name: bot for name, bot in resources.bots().items() if resources.collection_of(bot) in here}
    return {"": None, **bots} if own in here or not bots else dict(bots)


def shown(bot: Bot | None) -> str:
    """How people see who answers."""
    return bot.shown if bot else _("My documents")


def models(bot: Bot | None) -> list[str]:
    """The model specs to choose from, the one first that answers if nobody chooses."""
    first = resources.spec_of(bot)
    return [first, *(each for each in resources.models_found() if each != first)]


def ask(mine: Conversations, chosen: Chosen, text: str, *, instead_of: int | None = None) -> None:
    """Asks in the open conversation, or begins one; what went wrong is in `PROBLEM`."""
    if not text.strip():
        return
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


def _begun(mine: Conversations, chosen: Chosen, text: str) -> Conversation:
    name, collection = chosen.bot.name if chosen.bot else "", resources.collection_of(chosen.bot)
    return mine.begin(collection=collection, bot=name, title=shortened(text))


def _assistant(chosen: Chosen, told: Callable[[Progress], None]) -> Assistant:
    return resources.assistant(chosen.bot, chosen.model, on_progress=told)
