"""What went wrong, as a person is told it: a sentence in the language of the page, what helps, and the exact words.

Pages catch `PhiAssistantError` where they can go on, and call `show`; what nobody caught arrives at `told`, which
Streamlit calls. No traceback is ever shown; it is in the log.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from phi_assistant.conversations.errors import NoSuchConversation
from phi_assistant.errors import (
    ConfigError,
    EmptyStore,
    MissingExtra,
    ModelUnavailable,
    PhiAssistantError,
    QuestionError,
    StoreAway,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreMismatch,
    StoreMoved,
)
from phi_assistant.models.errors import ModelAway, ModelBusy, ModelDied, ModelTimedOut, PromptTooLong
from ui.text import html
from ui.words import N_, _

logger = logging.getLogger(__name__)

_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (EmptyStore, N_("There are no documents here yet. Add some in the Library, then ask again.")),
    (StoreBusy, N_("Another program is using these documents at the moment. Try again when it has ended.")),
    (StoreAway, N_("The documents cannot be reached at the moment. Try again in a little while.")),
    (StoreMoved, N_("The documents were indexed anew just now. Ask again.")),
    (StoreMismatch, N_("These documents were stored by another version or with other settings.")),
    (StoreFull, N_("The disk is full. Make room, then try again.")),
    (StoreError, N_("The stored documents cannot be used.")),
    (ModelBusy, N_("Many people are asking at the moment. Try again in a little while.")),
    (ModelAway, N_("The server of the model cannot be reached at the moment. Try again, or choose another model.")),
    (ModelDied, N_("The model stopped while it was answering. Ask again.")),
    (ModelTimedOut, N_("The model took too long. Ask again, or choose a smaller model.")),
    (PromptTooLong, N_("This is more than the model can read at once. Begin a new conversation, or ask more briefly.")),
    (ModelUnavailable, N_("This model cannot be used here. Choose another one, or get it in the Settings.")),
    (QuestionError, N_("This cannot be asked. Write a question of a sentence or a few.")),
    (NoSuchConversation, N_("This conversation is not here. It may have been deleted, or belong to somebody else.")),
    (MissingExtra, N_("A part of the program is not installed.")),
    (ConfigError, N_("A setting cannot be used.")),
    (PhiAssistantError, N_("That did not work.")),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told."""

    sentence: str
    """In the language of the page."""
    exact: str
    """In the words of the error, with the command that repairs it; empty where there are none to be shown."""


def worded(exc: BaseException) -> Told:
    """An error in words. One that nobody raised on purpose keeps its words to itself."""
    for kind, sentence in _SENTENCES:
        if isinstance(exc, kind):
            return Told(_(sentence), str(exc))
    return Told(_("Something went wrong that should not have. Reload the page; what you have asked is kept."), "")


def show(exc: BaseException) -> None:
    """Shows an error in its place on the page."""
    import streamlit as st

    words = worded(exc)
    st.error(words.sentence, icon=":material/error:")
    if words.exact:
        with st.expander(_("Details")):
            st.html(f'<p lang="en" translate="no">{html(words.exact)}</p>')


def told(exc: Exception) -> bool:
    """For Streamlit: shows what nobody caught, and keeps Streamlit from showing it."""
    logger.error("A page failed", exc_info=exc)
    show(exc)
    return True
