"""Which answer was better: the vote, all votes so far, and the comparisons that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from phi_assistant.conversations import tally_of_all
from ui import resources
from ui.text import html, plain
from ui.views import compare_state as state
from ui.words import N_, _, day, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phi_assistant.conversations import Comparisons
    from phi_assistant.conversations.values import Comparison, Party, Tally, Vote
    from ui.person import Person

_SHOWN = 30
_VOTES: dict[Vote, str] = {
    "left": N_("The first"),
    "right": N_("The second"),
    "both": N_("Both are good"),
    "neither": N_("Neither"),
}


def vote(mine: Comparisons, comparison: Comparison) -> None:
    """Asks which was better, and why."""
    key, reason = f"vote-{comparison.id}", f"vote-reason-{comparison.id}"
    st.pills(
        _("Which answer is better?"),
        list(_VOTES),
        default=comparison.vote,
        format_func=lambda each: _(_VOTES[each]),
        key=key,
        on_change=lambda: state.vote(mine, comparison.id, st.session_state.get(key), comparison.reason),
    )
    if comparison.vote is None:
        return
    st.text_input(
        _("Why? (optional)"),
        value=comparison.reason,
        max_chars=1000,
        key=reason,
        on_change=lambda: state.vote(mine, comparison.id, comparison.vote, str(st.session_state[reason]).strip()),
    )
    st.caption(_("Thank you, that is kept."))


def tallies(who: Person, mine: Comparisons) -> None:
    """All votes so far, of whoever looks; owners see those of everybody as well."""
    own = mine.tally()
    everyone = tally_of_all(resources.database()) if who.is_owner else []
    if not own and not everyone:
        return
    st.header(_("Votes so far"), anchor=False)
    if own == everyone or not everyone:
        _listed(own)
        return
    if own:
        st.subheader(_("Yours"), anchor=False)
        _listed(own)
    st.subheader(_("Everybody’s"), anchor=False)
    _listed(everyone)


def _listed(tallies: Sequence[Tally]) -> None:
    rows = "".join(f"<li>{_row(each)}</li>" for each in tallies)
    st.html(f'<ul class="tally">{rows}</ul>')


def _row(each: Tally) -> str:
    first, second = _party(each.first), _party(each.second)
    others = [
        _("both {count}").format(count=each.both) if each.both else "",
        _("neither {count}").format(count=each.neither) if each.neither else "",
    ]
    rest = f" ({', '.join(filter(None, others))})" if any(others) else ""
    return f"{html(first)} <strong>{each.for_first} : {each.for_second}</strong> {html(second)}{html(rest)}"


def _party(party: Party) -> str:
    return state.called(party.bot, party.model)


def earlier(mine: Comparisons, *, without: int | None = None) -> None:
    """The comparisons that are kept; `without` the one whose sides are not to be told yet."""
    kept = [each for each in mine.recent(limit=_SHOWN) if each.id != without]
    if not kept:
        return
    st.header(_("Earlier comparisons"), anchor=False)
    with st.expander(
        ngettext("{count} comparison", "{count} comparisons", len(kept)).format(
            count=f"{len(kept)}+" if len(kept) == _SHOWN else len(kept)
        )
    ):
        for each in kept:
            _one(mine, each)


def _one(mine: Comparisons, each: Comparison) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"earlier-{each.id}"):
        with st.container():
            st.button(
                plain(each.question[:120]),
                key=f"open-comparison-{each.id}",
                type="tertiary",
                on_click=state.show_kept,
                args=(each.id,),
            )
            sides = [state.called(side.bot, side.answer.model, side.collection) for side in (each.left, each.right)]
            said = _(_VOTES[each.vote]) if each.vote else _("no vote yet")
            st.caption(plain(f"{' / '.join(sides)} · {said} · {day(each.at)}"))
        st.button(
            _("Delete"),
            key=f"delete-comparison-{each.id}",
            icon=":material/delete:",
            type="tertiary",
            help=_("Delete this comparison with its vote"),
            on_click=state.delete,
            args=(mine, each.id),
        )
