"""The two sides: while they are written, and when they are there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from ui import resources, viewer
from ui.answers import card_of, seconds, tokens_per_second
from ui.card import Pressed, card
from ui.text import html
from ui.trouble import show
from ui.views.ask_writing import so_far
from ui.views.compare_state import called
from ui.words import _, number

if TYPE_CHECKING:
    from phi_assistant.conversations.values import Comparison, Contender
    from phi_assistant.schema import Answer
    from ui.card import Json
    from ui.contests import Contest
    from ui.job import Job

SOON_S = 0.4
"""A page waits so long before it shows how far the answers are."""
_LOOK_S = 0.3
_VIEWING = "compare viewing"


def writing(contest: Contest) -> None:
    """Draws both as they are written, again and again until both are there."""
    _asked(contest.question)
    st.fragment(_look, run_every=_LOOK_S)(contest)


def _look(contest: Contest) -> None:
    if contest.is_over:
        st.rerun()
    for at, place in enumerate(st.columns(2, gap="large")):
        with place, st.container(border=True):
            side = contest.sides[at]
            _who(at, "" if contest.is_blind else called(side.bot, side.model, side.collection))
            card(_so_far(contest.jobs[at], contest.answers[at]), key=f"side-{contest.id}-{at}")
    st.button(
        _("Stop"), icon=":material/stop_circle:", key="stop-both", on_click=resources.contests().stop, args=(contest,)
    )


def _so_far(job: Job | None, answer: Answer | None) -> Json:
    if answer:
        return {**_anonymous(card_of(answer)), "consulted": []}
    if job is None:
        return {"state": "writing", "text": "", "status": _("Waits for the other one …"), "read": 0, "total": 0}
    return so_far(job.look)


def unkept(contest: Contest) -> None:
    """What there is of one that was stopped, or where one could not answer."""
    _asked(contest.question)
    if contest.is_stopped:
        st.info(_("You stopped this. It is not kept."))
    if contest.error:
        show(contest.error)
    for at, place in enumerate(st.columns(2, gap="large")):
        job, answer, side = contest.jobs[at], contest.answers[at], contest.sides[at]
        with place, st.container(border=True):
            _who(at, called(side.bot, side.model, side.collection))
            if job and job.look.error:
                show(job.look.error)
            elif answer:
                card(_anonymous(card_of(answer)), key=f"side-{contest.id}-{at}")


def kept(comparison: Comparison, *, is_blind: bool) -> None:
    """Draws both answers; where it is blind, without who gave them and how fast."""
    _asked(comparison.question)
    contenders = (comparison.left, comparison.right)
    for at, (place, each) in enumerate(zip(st.columns(2, gap="large"), contenders, strict=True)):
        with place, st.container(border=True):
            _who(at, "" if is_blind else called(each.bot, each.answer.model, each.collection))
            if not is_blind:
                st.html(f'<p class="speed">{html(" · ".join(_speed(each.answer)))}</p>')
            data = card_of(each.answer)
            card(
                _anonymous(data) if is_blind else data,
                key=f"kept-{comparison.id}-{at}",
                on_open=partial(st.session_state.__setitem__, f"{_VIEWING}-{at}"),
            )
    for at, each in enumerate(contenders):
        if pressed := st.session_state.pop(f"{_VIEWING}-{at}", None):
            _open(each, pressed)


def _open(contender: Contender, pressed: Pressed) -> None:
    for citation in contender.answer.citations[pressed.at : pressed.at + 1]:
        viewer.open_citation(citation, contender.collection)


def _asked(question: str) -> None:
    st.html(f'<h2 class="compared" dir="auto">{html(question)}</h2>')


def _who(at: int, name: str) -> None:
    side = _("First") if at == 0 else _("Second")
    st.html(f'<h3 class="who">{html(f"{side}: {name}" if name else side)}</h3>')


def _speed(answer: Answer) -> list[str]:
    times = answer.timings
    said = [
        _("first words after {time}").format(time=seconds(times.first_token_s)),
        _("all of it after {time}").format(time=seconds(times.total_s)),
    ]
    if (speed := tokens_per_second(answer)) is not None:
        said.append(_("{count} tokens a second").format(count=number(speed)))
    return said


def _anonymous(data: Json) -> Json:
    """Without what tells who it was."""
    return {**data, "made": "", "figures": []}
