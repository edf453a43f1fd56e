"""The page Ask: a conversation with the documents, and beside it those that were before.

`ask_state` is what is open and chosen; `ask_start`, `ask_talk` and `ask_writing` draw its beginning, what was said,
and what is being written; `ask_list` is the sidebar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.conversations.errors import NoSuchConversation
from ui import resources
from ui.announcer import announce
from ui.text import plain
from ui.titles import title_of
from ui.trouble import show
from ui.views import ask_list, ask_start, ask_talk, ask_writing
from ui.views.ask_state import (
    DESK,
    MODELS,
    PROBLEM,
    Chosen,
    Desk,
    ask_typed,
    desk_of,
    desks,
    model_key,
    model_of,
    models,
    open_id,
)
from ui.words import _

if TYPE_CHECKING:
    from phi_assistant.bots import Bot
    from phi_assistant.conversations import Conversations
    from phi_assistant.conversations.values import Conversation
    from ui.job import Job
    from ui.person import Person

_STYLE = """
<style>
  .asked { margin: 0 0 .25rem auto; padding: .625rem 1rem; width: fit-content; max-width: 85%; border-radius: 1rem;
    background: color-mix(in srgb, currentColor 8%, transparent); font-size: 1rem; font-weight: 500; line-height: 1.5;
    letter-spacing: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
  .greeting { font-size: 1.125rem; margin: .5rem 0; }
  .small { font-size: .875rem; font-weight: 600; letter-spacing: 0; padding: 0; margin: .5rem 0 0; }
  .hidden, [class*="st-key-menu-"] [data-testid="stPopoverButton"] [data-testid="stMarkdownContainer"] {
    position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap; }
  .st-key-conversations button > div, .st-key-suggestions button > div { justify-content: flex-start; }
  .st-key-suggestions button { text-align: left; }
  .stMain .block-container { padding-bottom: 0; }
  .stMain .block-container > .stVerticalBlock { min-height: calc(100dvh - 3.5rem); }
  [data-testid="stLayoutWrapper"]:has(> .st-key-asking) { position: sticky; bottom: 0; margin-top: auto; z-index: 9;
    padding: .5rem 0 1.5rem; background: light-dark(#fff, #16191a); }
</style>
"""


def page(who: Person) -> None:
    """Draws it."""
    st.html(_STYLE)
    mine = resources.conversations(who)
    conversation, job = _opened(mine)
    ask_list.sidebar(mine, conversation)
    here = desks()
    chosen = _chosen(conversation, here)
    if problem := st.session_state.pop(PROBLEM, None):
        show(problem)
    is_written = False
    if here or conversation:
        is_written = _drawn(mine, conversation, job, chosen)
    else:
        announce("")
        ask_start.nothing_here(who)
    with st.container(key="asking"):  # in a place of its own, or the page would run to its end as an answer grows
        st.chat_input(
            _("The answer is being written …") if is_written else _("Ask your documents"),
            key="question",
            max_chars=4000,
            disabled=is_written or not here,
            on_submit=ask_typed,
            args=(mine, chosen, "question"),
        )


def _opened(mine: Conversations) -> tuple[Conversation | None, Job | None]:
    """The conversation in the address, if it is one of whoever asks, and the answer that is being written in it."""
    if not (id_ := open_id()):
        return None, None
    try:
        return mine.get(id_), resources.jobs().of(id_)
    except NoSuchConversation as exc:
        st.query_params.pop("c", None)
        st.session_state[PROBLEM] = exc
        return None, None


def _chosen(conversation: Conversation | None, here: dict[str, Desk]) -> Chosen:
    """Who answers: a conversation keeps its bot and its documents, and its model can be changed from one question to
    the next."""
    desk = _desk_in(conversation) if conversation else Desk(None, resources.settings().collection)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(plain(desk.shown) if conversation else _("Ask"), anchor=False, width="content")
        place = st.container(width=260)
    if here and conversation is None:
        desk = ask_start.chosen_desk(here)
    st.session_state[DESK] = desk.key
    with place:
        return Chosen(desk, _model(desk.bot))


def _desk_in(conversation: Conversation) -> Desk:
    bot = resources.bots().get(conversation.bot)
    return desk_of(bot) if bot else Desk(None, conversation.collection)


def _model(bot: Bot | None) -> str:
    specs, first = models(bot), model_of(bot)
    chosen = st.selectbox(_("Model"), specs, index=specs.index(first), format_func=title_of, key=model_key(bot))
    st.session_state[MODELS][bot.name if bot else ""] = chosen
    return str(chosen)


def _drawn(mine: Conversations, conversation: Conversation | None, job: Job | None, chosen: Chosen) -> bool:
    """Draws the conversation; whether something is being written in it."""
    if conversation is None:
        announce("")
        ask_start.greeting(mine, chosen)
        return False
    look = ask_writing.soon(job) if job else None  # before the messages, which then hold what it has written
    messages = mine.messages(conversation.id)
    is_ended = look is None or look.state in ("done", "stopped")
    if job and not is_ended and job.question.instead_of is not None:
        ids = [each.id for each in messages]
        messages = messages[: ids.index(job.question.instead_of) - 1] if job.question.instead_of in ids else messages
    announce(_("The answer is here.") if is_ended and messages else "")
    ask_talk.said(mine, conversation, messages, chosen, rest=is_ended)
    if job and look and look.state == "failed":
        ask_writing.failed(mine, chosen, job)
    elif job and not is_ended:
        ask_writing.writing(job)
        return True
    elif not messages:
        ask_start.greeting(mine, chosen)
    return False
