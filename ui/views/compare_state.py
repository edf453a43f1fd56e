"""What is open and chosen on the page Compare, and what happens when something is pressed there.

The open comparison stands in the address: `?k=12` one that is kept, `?x=…` one that is being written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from ui import resources
from ui.contests import Contest, Side
from ui.titles import title_of
from ui.views.ask_state import Desk, desk_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from phi_assistant.assistant import Assistant
    from phi_assistant.conversations import Comparisons
    from phi_assistant.conversations.values import Comparison, Vote
    from phi_assistant.models.onnx.wire import Progress
    from ui.job import Make
    from ui.person import Person

PROBLEM = "compare problem"
"""What went wrong when something was pressed; shown once."""


def models() -> dict[str, str]:
    """By spec, each as people see it; for fields that read no markup."""
    return _told_apart({spec: title_of(spec) for spec in resources.models_found()})


def side_of(desk: Desk, model: str) -> Side:
    """Who answers."""
    return Side(desk.bot.name if desk.bot else "", desk.collection, model)


def called(bot: str, model: str, collection: str = "") -> str:
    """How people see who answers: "Support, Phi-3.5 mini"; the model alone where it has no bot, and the documents that
    are asked if nobody chooses."""
    known, own = resources.bots().get(bot), resources.settings().collection
    name = desk_of(known).shown if known else bot or (collection if collection != own else "")
    return f"{name}, {title_of(model)}" if name else title_of(model)


def opened(who: Person, mine: Comparisons, *, wait: float) -> tuple[Contest | None, Comparison | None, bool]:
    """What the address names, if it is of whoever looks: one that was begun here, one that is kept, and whether the
    first is still being written; waits so long for one that is nearly there."""
    contest = resources.contests().of(st.query_params.get("x", ""), who.owner)
    if contest and not contest.wait(wait):
        return contest, None, True
    id_ = contest.kept.id if contest and contest.kept else _number(st.query_params.get("k", ""))
    if id_ is None:
        return contest, None, False
    try:
        return contest, mine.get(id_), False
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc
        show_nothing()
        return None, None, False


def ask(who: Person, sides: Sequence[Side]) -> None:
    """Asks both what was written into the field."""
    question = str(st.session_state.get("compare-question") or "").strip()
    if not question:
        return
    contest = Contest(question, sides, owner=who.owner, is_blind=bool(st.session_state.get("compare-blind")))
    try:
        resources.contests().start(contest, _make, resources.comparisons(who))
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc
        return
    show_nothing()
    st.query_params["x"] = contest.id


def show_kept(id_: int) -> None:
    """Opens one that is kept."""
    show_nothing()
    st.query_params["k"] = str(id_)


def show_nothing() -> None:
    """Opens none."""
    for name in ("x", "k"):
        st.query_params.pop(name, None)


def vote(mine: Comparisons, id_: int, given: Vote | None, reason: str = "") -> None:
    """Keeps which was better; None takes it back."""
    try:
        mine.vote(id_, given, reason)
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc


def delete(mine: Comparisons, id_: int) -> None:
    """Deletes one that is kept, with its vote."""
    try:
        mine.delete(id_)
    except PhiAssistantError as exc:
        st.session_state[PROBLEM] = exc
    show_nothing()


def _make(side: Side) -> Make:
    """The assistant of a side, with all that it needs loaded: what is measured is the answer, not the loading."""

    def make(told: Callable[[Progress], None]) -> Assistant:
        assistant = resources.assistant(
            resources.bots().get(side.bot), side.model, collection=side.collection, on_progress=told
        )
        resources.retriever(side.collection).retrieve("?", k=1)
        chat = getattr(assistant.answerer, "chat", None)
        if warm_up := getattr(chat, "warm_up", None):
            warm_up()
        return assistant

    return make


def _told_apart(models: dict[str, str]) -> dict[str, str]:
    """Two of the same model in two places are called by their places as well."""
    titles = list(models.values())
    return {
        spec: f"{title} ({spec.partition(':')[0]})" if titles.count(title) > 1 else title
        for spec, title in models.items()
    }


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None
