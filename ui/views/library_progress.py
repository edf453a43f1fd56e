"""How far the work on a collection is: each file, what failed and why; and the way to stop it."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from ui import resources
from ui.reasons import told
from ui.text import html, plain
from ui.words import N_, _, ngettext, number
from ui.work import Step, Work

_LOOK_S = 1.0
_SHOWN = 300
"""Files that are listed while they are read."""
_GOING = "library going"

_STEPS: dict[Step, str] = {
    "waiting": N_("waiting"),
    "read": N_("read"),
    "stored": N_("ready"),
    "failed": N_("failed"),
}


def section(name: str) -> None:
    """Draws it; nothing where nothing goes on and nothing is to be said."""
    work = resources.works().of(name)
    if work is None:
        return
    st.fragment(_drawn, run_every=_LOOK_S if work.is_going_on else None)(name)


def _drawn(name: str) -> None:
    """How far it is; when it ends, the page is drawn anew."""
    work = resources.works().of(name)
    going = bool(work and work.is_going_on)
    if st.session_state.get(_GOING) == name and not going:
        st.session_state.pop(_GOING)
        st.rerun()
    if work is None:
        return
    with st.container(border=True, key="work"):
        if going:
            st.session_state[_GOING] = name
            _progress(name, work)
        else:
            _outcome(name, work)


def _progress(name: str, work: Work) -> None:
    st.progress(work.share, text=_where(work))
    if work.steps:
        st.html(f'<ul class="work" tabindex="0" aria-label="{html(_("Files"))}">{_list(work)}</ul>')
    st.button(
        _("Stop"),
        key="stop-work",
        on_click=resources.works().stop,
        args=(name,),
        disabled=work.state == "stopping",
        help=_("Every document is stored whole or not at all; what is ready stays."),
    )


def _where(work: Work) -> str:
    if work.state == "stopping":
        return _("stopping …")
    if not work.total:
        return _("Beginning …") if not work.steps else _("Reading …")
    done, total = number(work.done), number(work.total)
    if work.order.kind == "reindex":
        return _("Indexing anew: {done} of {total} documents").format(done=done, total=total)
    said = _("{done} of {total} files").format(done=done, total=total)
    return f"{said}, {_('{count} passages').format(count=number(work.chunks))}" if work.chunks else said


def _list(work: Work) -> str:
    """What is being read before what waits, before what is done."""
    order: dict[Step, int] = {"read": 0, "failed": 1, "waiting": 2, "stored": 3}
    steps = sorted(work.steps.items(), key=lambda each: order[each[1]])
    rows = [f"<li><span>{html(name)}</span><span>{html(_(_STEPS[step]))}</span></li>" for name, step in steps[:_SHOWN]]
    if len(steps) > _SHOWN:
        rows.append(f"<li><span>{html(_('and {count} others').format(count=number(len(steps) - _SHOWN)))}</span></li>")
    return "".join(rows)


def _outcome(name: str, work: Work) -> None:
    """What came of it."""
    if work.state == "failed":
        st.error(_("It ended before it was done. What was stored before is still there."))
        st.html(f'<p lang="en" translate="no">{html(work.error)}</p>')
    elif work.state == "stopped":
        st.info(_("It was stopped. What was ready by then stays; the rest can be read later."))
    else:
        _done(work)
    st.button(
        _("Close"), key="close-work", on_click=resources.works().dismiss, args=(name,), help=_("Take this message away")
    )


def _done(work: Work) -> None:
    report = work.report or {}
    if work.order.kind == "reindex":
        st.success(_("All is indexed anew, with {embedder}.").format(embedder=plain(str(report.get("embedder", "")))))
        return
    failed = work.failed
    count = Counter({each: int(report.get(each, 0)) for each in ("added", "updated", "unchanged", "removed")})
    said = [
        ngettext("{count} document added", "{count} documents added", count["added"]).format(count=count["added"]),
        _("{count} read anew").format(count=count["updated"]) if count["updated"] else "",
        _("{count} unchanged").format(count=count["unchanged"]) if count["unchanged"] else "",
        _("{count} removed").format(count=count["removed"]) if count["removed"] else "",
    ]
    line = f"{', '.join(filter(None, said))}."
    if not failed:
        st.success(line)
        return
    st.warning(
        f"{line} "
        + ngettext("{count} could not be read:", "{count} could not be read:", len(failed)).format(count=len(failed))
    )
    rows = "".join(f"<dt>{html(name)}</dt><dd>{told(reason)}</dd>" for name, reason in failed)
    st.html(f'<dl class="reasons">{rows}</dl>')
