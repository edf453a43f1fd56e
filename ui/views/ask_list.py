"""The conversations of whoever asks, in the sidebar: listed, searched, opened, renamed, exported, deleted."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from ui import resources
from ui.text import html, plain
from ui.views.ask_state import PROBLEM, open_conversation
from ui.words import _, ngettext, number

if TYPE_CHECKING:
    from phi_assistant.conversations import Conversations
    from phi_assistant.conversations.values import Conversation

_PAGE = 25
_MORE, _DELETING = "ask more", "ask deleting"
_ALL = "all"


def sidebar(mine: Conversations, open_: Conversation | None) -> None:
    """Draws it."""
    with st.sidebar:
        st.button(
            _("New conversation"),
            icon=":material/add:",
            on_click=open_conversation,
            args=("",),
            width="stretch",
            key="new-conversation",
        )
        st.html(f'<h2 class="small">{html(_("Conversations"))}</h2>')
        most = st.session_state.setdefault(_MORE, _PAGE)
        is_any = bool(mine.recent(limit=1))
        words = _search() if is_any else ""
        found = [
            each
            for each in (mine.search(words, limit=most + 1) if words.strip() else mine.recent(limit=most + 1))
            if each.length or resources.jobs().of(each.id)
        ]
        if not found:
            st.caption(_("Nothing was found.") if words else _("What you ask is kept here, for you alone."))
        with st.container(key="conversations", gap="xxsmall"):
            for each in found[:most]:
                _row(mine, each, is_open=bool(open_ and each.id == open_.id))
        if len(found) > most:
            st.button(_("Show more"), type="tertiary", on_click=_show_more)
        if len(found) > 1 and not words:
            st.button(_("Delete all"), type="tertiary", on_click=_delete, args=(_ALL,), key="delete-all")
    _confirm(mine)


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
    st.button(_("Delete"), key=f"delete-{each.id}", on_click=_delete, args=(each.id,), width="stretch")


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


def _delete(id_: str) -> None:
    st.session_state[_DELETING] = id_


def _confirm(mine: Conversations) -> None:
    """Asks once more before anything goes."""
    id_ = st.session_state.get(_DELETING)
    if id_ is None:
        return
    if id_ == _ALL:
        st.dialog(_("Delete all conversations?"), on_dismiss=_keep)(_really)(mine, id_)
    else:
        st.dialog(_("Delete this conversation?"), on_dismiss=_keep)(_really)(mine, id_)


def _really(mine: Conversations, id_: str) -> None:
    if id_ == _ALL:
        count = len(mine.recent(limit=10_000))
        said = ngettext(
            "It goes for good, with its answers and what you thought of them.",
            "All {count} go for good, with their answers and what you thought of them.",
            count,
        )
        st.write(said.format(count=number(count)))
    else:
        st.write(_("It goes for good, with its answers and what you thought of them."))
    with st.container(horizontal=True):
        if st.button(_("Delete"), type="primary", key="really-delete"):
            _gone(mine, id_)
            st.rerun()
        if st.button(_("Keep"), key="keep"):
            _keep()
            st.rerun()


def _keep() -> None:
    st.session_state.pop(_DELETING, None)


def _gone(mine: Conversations, id_: str) -> None:
    _keep()
    try:
        if id_ == _ALL:
            mine.clear()
        else:
            mine.delete(id_)
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc
    else:
        open_conversation("")
