"""The page Compare: one question, two who answer side by side, and which was better.

`compare_state` is what is open and chosen, `compare_sides` draws the two, `compare_votes` what was thought of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import resources
from ui.announcer import announce
from ui.text import html
from ui.trouble import show
from ui.views import compare_sides, compare_votes
from ui.views.ask_start import nothing_here
from ui.views.ask_state import Desk, desks
from ui.views.compare_state import PROBLEM, ask, models, opened, side_of
from ui.words import _

if TYPE_CHECKING:
    from ui.contests import Side
    from ui.person import Person

_STYLE = """
<style>
  .block-container { max-width: 76rem; }
  .who { margin: 0; font-size: 1.125rem; line-height: 1.4; padding: 0; overflow-wrap: anywhere; }
  .speed { margin: .25rem 0 0; font-size: .875rem; line-height: 1.6; opacity: .85; }
  .compared { font-size: 1.25rem; line-height: 1.4; margin: 0; padding: 0; overflow-wrap: anywhere;
    white-space: pre-wrap; }
  .stHtml ul.tally { list-style: none; margin: 0; padding: 0; }
  .stHtml ul.tally li { margin: 0; padding: .5rem 0; line-height: 1.6; }
</style>
"""


def page(who: Person) -> None:
    """Draws it."""
    st.html(_STYLE)
    st.title(_("Compare"), anchor=False)
    here = desks()
    if not here:
        announce("")
        nothing_here(who)
        return
    if problem := st.session_state.pop(PROBLEM, None):
        show(problem)
    mine = resources.comparisons(who)
    contest, kept, going = opened(who, mine, wait=compare_sides.SOON_S)
    is_blind = bool(contest and contest.is_blind and kept and kept.vote is None)
    _form(who, here, going=going)
    announce(_("Both answers are here.") if kept or (contest and not going) else "")
    if going and contest:
        compare_sides.writing(contest)
    elif contest and not contest.kept:
        compare_sides.unkept(contest)
    elif kept:
        compare_sides.kept(kept, is_blind=is_blind)
        compare_votes.vote(mine, kept)
    compare_votes.tallies(who, mine)
    compare_votes.earlier(mine, without=kept.id if kept and is_blind else None)


def _form(who: Person, here: dict[str, Desk], *, going: bool) -> None:
    st.html(f"<p>{html(_('One question, two who answer it from your documents, one after the other.'))}</p>")
    sides = [_chosen(place, at, here) for at, place in enumerate(st.columns(2, gap="large"))]
    with st.form("compare", border=False):
        st.text_area(_("Your question"), key="compare-question", max_chars=4000, height=80)
        st.checkbox(_("Do not tell me who is who until I have chosen the better one"), key="compare-blind")
        st.form_submit_button(
            _("Ask both"), type="primary", on_click=ask, args=(who, sides), disabled=going, icon=":material/compare:"
        )


def _chosen(place: st.delta_generator.DeltaGenerator, at: int, here: dict[str, Desk]) -> Side:
    """Who answers on one side."""
    desk, specs = next(iter(here)), models()
    name = _("First") if at == 0 else _("Second")
    with place:
        if len(here) > 1:
            desk = st.selectbox(
                _("{side}: who answers").format(side=name),
                list(here),
                format_func=lambda each: here[each].shown,
                key=f"compare-desk-{at}",
            )
        model = st.selectbox(
            _("{side}: model").format(side=name),
            list(specs),
            index=min(at, len(specs) - 1),
            format_func=specs.__getitem__,
            key=f"compare-model-{at}",
        )
    return side_of(here[desk], model)
