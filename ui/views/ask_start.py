"""The beginning of a conversation: who is to answer, what may be asked, and what to do where there is nothing yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.shell import link_to
from ui.text import html, plain
from ui.views.ask_state import DESK, DESK_FIELD, Chosen, Desk, ask, collection_key
from ui.words import _, language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phi_assistant.conversations import Conversations
    from ui.person import Person


def chosen_desk(desks: dict[str, Desk]) -> Desk:
    """Who is to answer, as it is chosen here, else as the address says, else who was asked last, else the first."""
    names = list(desks)
    if len(names) == 1:
        return desks[names[0]]
    asked = st.query_params.get("bot") or collection_key(st.query_params.get("collection", ""))
    first = next((each for each in (asked, st.session_state.get(DESK)) if each in names), names[0])
    name = st.pills(
        _("Who answers"),
        names,
        default=first,
        required=True,
        format_func=lambda each: plain(desks[each].shown),
        key=DESK_FIELD,
    )
    return desks[name] if name in desks else desks[names[0]]


def greeting(mine: Conversations, chosen: Chosen) -> None:
    """What is said first, and what may be asked."""
    bot = chosen.desk.bot
    said = bot.greeting.spoken(language()) if bot else ""
    said = said or _("Ask a question about your documents. Each answer quotes them, and shows where it stands.")
    st.html(f'<p class="greeting">{html(said)}</p>')
    if bot and bot.questions:
        _suggestions(mine, chosen, bot.questions[:5])


def nothing_here(who: Person) -> None:
    """What is said where there are no documents."""
    with st.container(border=True):
        st.header(_("There are no documents yet"), anchor=False)
        if who.is_owner:
            st.write(_("Add some in the Library, then ask about them here."))
            link_to("library", _("Go to the Library"), icon=":material/folder_open:")
        else:
            st.write(_("Ask whoever runs this assistant to add some."))


def _suggestions(mine: Conversations, chosen: Chosen, questions: Sequence[str]) -> None:
    st.html(f'<h2 class="small">{html(_("For example"))}</h2>')
    with st.container(key="suggestions", gap="xsmall"):
        for at, question in enumerate(questions):
            st.button(
                plain(question), key=f"suggestion-{at}", on_click=ask, args=(mine, chosen, question), width="stretch"
            )
