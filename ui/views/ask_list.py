"""The conversations of whoever asks, in the sidebar: listed, searched, opened, renamed, exported, deleted."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from ui import client, resources
from ui.text import html, plain
from ui.views.ask_state import PROBLEM, open_conversation
from ui.words import _

if TYPE_CHECKING:
    from phi_assistant.conversations import Conversations
    from phi_assistant.conversations.values import Conversation

_PAGE = 25
_EVERY = 10_000
_MORE = "ask more"


def sidebar(mine: Conversations, open_: Conversation | None) -> None:
    """Draws it."""
    with st.sidebar:
        st.button(
            _("New conversation"),
            icon=":material/add:",
            on_click=_begin,
            width="stretch",
            key="new-conversation",
        )
        st.html(f'<h2 class="small">{html(_("Conversations"))}</h2>')
        most = st.session_state.setdefault(_MORE, _PAGE)
        recent = mine.recent(limit=most + 1)
        words = _search() if recent else ""
        kept = mine.search(words, limit=most + 1) if words.strip() else recent
        found = [each for each in kept if each.length or resources.jobs().of(each.id)]
        if not found:
            st.caption(_("Nothing was found.") if words else _("What you ask is kept here, for you alone."))
        with st.container(key="conversations", gap="xxsmall"):
            for each in found[:most]:
                _row(mine, each, is_open=bool(open_ and each.id == open_.id))
        if len(found) > most:
            st.button(_("Show more"), type="tertiary", on_click=_show_more)
        if len(found) > 1 and not words:
            with st.popover(_("Delete all"), type="tertiary"):
                _delete(mine, "", _("All of them go for good, with their answers and what you thought of them."))


def _begin() -> None:
    open_conversation("")
    client.focus_on("question", "with a keyboard")


def _search() -> str:
    return st.text_input(
        _("Search conversations"),
        type="search",
        placeholder=_("Search"),
        label_visibility="collapsed",
        key="search-conversations",
        icon=":material/search:",
    )


def _show_more() -> None:
    st.session_state[_MORE] += _PAGE


def _row(mine: Conversations, each: Conversation, *, is_open: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall", wrap=False):
        st.button(
            plain(each.title) or _("Untitled"),
            key=f"open-{each.id}",
            on_click=open_conversation,
            args=(each.id,),
            type="secondary" if is_open else "tertiary",
            width="stretch",
            wrap=False,
        )
        if is_open:
            with st.popover(_("Menu"), icon=":material/more_horiz:", type="tertiary", key=f"menu-{each.id}"):
                _menu(mine, each)


def _menu(mine: Conversations, each: Conversation) -> None:
    key = f"title-{each.id}"
    with st.form(f"rename-{each.id}", border=False):
        st.text_input(_("Title"), value=each.title, max_chars=200, key=key)
        st.form_submit_button(_("Rename"), on_click=_rename, args=(mine, each.id, key), width="stretch")
    name = _file_name(each.title)
    markdown, json = partial(mine.export, each.id, "markdown"), partial(mine.export, each.id, "json")
    for label, text, file_name, kind in (
        (_("Export as Markdown"), markdown, f"{name}.md", "text/markdown"),
        (_("Export as JSON"), json, f"{name}.json", "application/json"),
    ):
        st.download_button(
            label, text, file_name, kind, on_click="ignore", width="stretch", key=f"export-{file_name}-{each.id}"
        )
    with st.expander(_("Delete"), key=f"deleting-{each.id}"):
        _delete(mine, each.id, _("It goes for good, with its answers and what you thought of them."))


def _rename(mine: Conversations, id_: str, key: str) -> None:
    title = " ".join(str(st.session_state[key]).split())
    try:
        if title:
            mine.rename(id_, title)
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc


def _file_name(title: str) -> str:
    """Of the letters and digits of a title, as every system takes it."""
    return re.sub(r"[^\w]+", "-", title).strip("-").lower()[:60] or "conversation"


def _delete(mine: Conversations, id_: str, warning: str) -> None:
    """The last word before a conversation goes; before all of them where there is no id."""
    st.write(warning)
    st.button(
        _("Delete for good"),
        key=f"delete-{id_ or 'all'}",
        type="primary",
        on_click=_gone,
        args=(mine, id_),
        width="stretch",
    )


def _gone(mine: Conversations, id_: str) -> None:
    for each in [id_] if id_ else [found.id for found in mine.recent(limit=_EVERY)]:
        resources.jobs().stop(each)
    try:
        if id_:
            mine.delete(id_)
        else:
            mine.clear()
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc
    else:
        open_conversation("")
