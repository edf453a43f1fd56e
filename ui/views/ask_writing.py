"""An answer while it is written, and one that came to nothing."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.models.specs import EXTRACTIVE
from ui import resources
from ui.card import card
from ui.emphasis import without_emphasis
from ui.trouble import show
from ui.views.ask_state import Chosen, ask
from ui.views.ask_talk import asked
from ui.words import _, number

if TYPE_CHECKING:
    from phi_assistant.conversations import Conversations
    from ui.card import Json
    from ui.job import Job, Look

_SOON_S, _QUOTED_SOON_S, _MORE_S, _LATEST_S = 0.4, 1.5, 0.1, 4.0
"""A page waits so long before it shows how far an answer is. Quotations are there by then; while many are asked for it
waits a little longer for each. To show how far one is, and then the answer, takes as much as two answers, so that
pages that do not wait make each other late."""
_LOOK_S, _QUOTED_LOOK_S = 0.25, 1.0
_LONG_S = 3.0
"""After which it is said how long it has been."""


def soon(job: Job) -> Look:
    """How far an answer is, after a moment."""
    if not _is_quoted(job):
        return job.wait(_SOON_S)
    return job.wait(min(_LATEST_S, _QUOTED_SOON_S + _MORE_S * resources.jobs().running()))


def writing(job: Job) -> None:
    """Draws an answer as it is written, again and again until it is there."""
    asked(job.question.text)
    st.fragment(_look, run_every=_QUOTED_LOOK_S if _is_quoted(job) else _LOOK_S)(job)


def _is_quoted(job: Job) -> bool:
    return job.question.model == EXTRACTIVE


def _look(job: Job) -> None:
    look = job.look
    if look.is_over:
        st.rerun()
    card({**so_far(look), "fresh": True}, key=f"writing-{job.question.conversation}")
    st.button(
        _("Stop"),
        icon=":material/stop_circle:",
        key="stop",
        on_click=resources.jobs().stop,
        args=(job.question.conversation,),
    )


def so_far(look: Look) -> Json:
    """A card of what there is."""
    progress = look.progress if look.state == "reading" else None
    return {
        "state": "writing",
        "text": without_emphasis(look.text),
        "status": "" if look.is_over else _status(look),
        "read": progress.read if progress else 0,
        "total": progress.total if progress else 0,
    }


def _status(look: Look) -> str:
    """What is being done, in words."""
    if look.state == "writing":
        return _("Writing. The sentences are checked when all of them are there.")
    if look.state == "waiting":
        return _("Others are being answered first …")
    if look.state == "opening":
        return _("Getting ready …")
    if look.state == "finding":
        return _("Looking in the documents …")
    if look.progress:
        counts = {"read": number(look.progress.read), "total": number(look.progress.total)}
        return _("Reading {read} of {total} tokens").format(**counts)
    if (passed := perf_counter() - look.began) > _LONG_S:
        return _("Reading what was found, for {seconds} seconds now …").format(seconds=number(int(passed)))
    return _("Reading what was found …")


def failed(mine: Conversations, chosen: Chosen, job: Job) -> None:
    """Says what went wrong; the question can be asked again."""
    asked(job.question.text)
    if job.look.error:
        show(job.look.error)
    with st.container(horizontal=True):
        st.button(
            _("Try again"),
            key="try-again",
            type="primary",
            on_click=ask,
            args=(mine, chosen, job.question.text),
            kwargs={"instead_of": job.question.instead_of},
        )
        st.button(_("Leave it"), key="leave", on_click=resources.jobs().dismiss, args=(job.question.conversation,))
