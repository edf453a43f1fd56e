"""What was said in a conversation: questions, cards of answers, and what can be done with them."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.conversations.values import Thumbs
from phi_assistant.errors import PhiAssistantError
from ui import client, viewer
from ui.answers import card_of, consulted
from ui.card import Pressed, card
from ui.text import html
from ui.views.ask_state import EDITING, FRESH, PROBLEM, RATED, Chosen, ask, ask_typed
from ui.words import _

if TYPE_CHECKING:
    from phi_assistant.conversations import Conversations
    from phi_assistant.conversations.values import Conversation, Message
    from phi_assistant.schema import Answer

_VIEWING = "ask viewing"
_THUMBS: dict[int, Thumbs] = {0: "down", 1: "up"}
"""As Streamlit counts them."""


def said(
    mine: Conversations, conversation: Conversation, messages: list[Message], chosen: Chosen, *, rest: bool
) -> None:
    """Draws the messages; with `rest`, the last answer can be asked for anew, and its question edited."""
    pairs = [(first, second) for first, second in pairwise(messages) if second.role == "assistant"]
    for question, reply in pairs:
        is_last = rest and reply is pairs[-1][1]
        with st.container(key=f"turn-{reply.id}"):
            if is_last and st.session_state.get(EDITING) == reply.id:
                _edit(mine, chosen, question, reply)
            else:
                asked(question.text)
            if reply.answer:
                data = {**card_of(reply.answer), "fresh": is_last and _is_fresh(conversation)}
                card(data, key=f"card-{reply.id}", on_open=partial(_view, reply.id))
            _under(mine, chosen, question, reply, is_last=is_last)
    _viewed(conversation, messages)


def _is_fresh(conversation: Conversation) -> bool:
    """Whether the last answer has not been shown yet. When it is, the next question can be written."""
    is_fresh = bool(st.session_state.pop(FRESH, None) == conversation.id)
    if is_fresh:
        client.focus_on("question", "if lost")
    return is_fresh


def asked(text: str) -> None:
    """A question."""
    st.html(f'<h2 class="asked" dir="auto"><span class="hidden">{html(_("You asked:"))} </span>{html(text)}</h2>')


def _under(mine: Conversations, chosen: Chosen, question: Message, reply: Message, *, is_last: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"under-{reply.id}"):
        if reply.answer and not reply.answer.abstained and reply.text:
            kept = reply.feedback.thumbs if reply.feedback else None
            st.feedback(
                "thumbs",
                key=f"thumbs-{reply.id}",
                default=next((at for at, each in _THUMBS.items() if each == kept), None),
                on_change=_rate,
                args=(mine, reply.id),
            )
        if is_last:
            st.button(
                _("Answer again"),
                key=f"again-{reply.id}",
                icon=":material/refresh:",
                type="tertiary",
                on_click=ask,
                args=(mine, chosen, question.text),
                kwargs={"instead_of": reply.id},
            )
            st.button(
                _("Edit the question"),
                key=f"edit-{reply.id}",
                icon=":material/edit:",
                type="tertiary",
                on_click=_begin_editing,
                args=(reply.id,),
            )
    if st.session_state.get(RATED) == reply.id and reply.feedback:
        _reason(mine, reply)


def _begin_editing(id_: int) -> None:
    st.session_state[EDITING] = id_
    client.focus_on(f"question-{id_}")


def _leave_editing() -> None:
    st.session_state.pop(EDITING, None)
    client.focus_on("question", "if lost")


def _rate(mine: Conversations, id_: int) -> None:
    given = st.session_state.get(f"thumbs-{id_}")
    thumbs = _THUMBS.get(given) if given is not None else None
    _judge(mine, id_, thumbs, "")
    st.session_state[RATED] = id_
    if thumbs:
        client.focus_on(f"reason-{thumbs}-{id_}")


def _reason(mine: Conversations, reply: Message) -> None:
    assert reply.feedback
    is_up = reply.feedback.thumbs == "up"
    st.text_input(
        _("What was good about it? (optional)") if is_up else _("What was wrong with it? (optional)"),
        value=reply.feedback.reason,
        max_chars=1000,
        key=f"reason-{reply.feedback.thumbs}-{reply.id}",
        on_change=_tell_reason,
        args=(mine, reply.id, reply.feedback.thumbs),
    )
    if reply.feedback.reason:
        st.caption(_("Thank you, that is kept."))


def _tell_reason(mine: Conversations, id_: int, thumbs: Thumbs) -> None:
    _judge(mine, id_, thumbs, str(st.session_state[f"reason-{thumbs}-{id_}"]).strip())


def _judge(mine: Conversations, id_: int, thumbs: Thumbs | None, reason: str) -> None:
    try:
        mine.feedback(id_, thumbs, reason)
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc


def _edit(mine: Conversations, chosen: Chosen, question: Message, reply: Message) -> None:
    key = f"question-{reply.id}"
    with st.form(f"editing-{reply.id}"):
        st.text_area(_("Your question"), value=question.text, key=key)
        with st.container(horizontal=True):
            st.form_submit_button(
                _("Ask"), type="primary", on_click=ask_typed, args=(mine, chosen, key), kwargs={"instead_of": reply.id}
            )
            st.form_submit_button(_("Cancel"), on_click=_leave_editing)


def _view(id_: int, pressed: Pressed) -> None:
    st.session_state[_VIEWING] = (id_, pressed)


def _viewed(conversation: Conversation, messages: list[Message]) -> None:
    """Opens the passage that somebody has pressed."""
    id_, pressed = st.session_state.pop(_VIEWING, (None, None))
    answer = next((each.answer for each in messages if each.id == id_), None)
    if answer and pressed:
        _open(answer, pressed, conversation.collection)


def _open(answer: Answer, pressed: Pressed, collection: str) -> None:
    if pressed.kind == "cited":
        for citation in answer.citations[pressed.at : pressed.at + 1]:
            viewer.open_citation(citation, collection)
    else:
        for hit in consulted(answer)[pressed.at : pressed.at + 1]:
            viewer.open_chunk(hit.chunk, collection)
