"""Adding documents: files are dragged here, kept under safe names, and read by a process of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ingest.kinds import ENDINGS
from ui import resources
from ui.documents import reading
from ui.text import plain
from ui.uploads import Received, Refusal, receive
from ui.views.library_state import PASSWORD, SAID, passwords
from ui.words import N_, _, ngettext, number, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from phi_assistant.store import ChunkStore

_TIMES = "library uploads"
"""How often files were taken: the field is a new one each time, and what it held is given back."""
_TAKEN = "library taken"
"""The ids of the files that were."""
_REFUSED = "library refused"
"""The collection, and the files that were not taken into it."""

_NAMED = 10
"""Files that were not taken, which are called by their names."""

_WHY: dict[Refusal, str] = {
    "too many": N_("There were too many at once."),
    "too large": N_("It is larger than a document may be."),
    "no room": N_("The documents that were added take all the room that they may have."),
    "disk full": N_("The disk is nearly full."),
    "empty": N_("It is empty."),
    "not written": N_("It could not be written to the disk."),
}


def section(name: str, store: ChunkStore) -> None:
    """Draws it."""
    st.header(_("Add documents"), anchor=False)
    settings, times = resources.settings(), st.session_state.get(_TIMES, 0)
    key = f"library-files-{name}-{times}"
    st.file_uploader(
        _("Drag files here, or choose them"),
        accept_multiple_files=True,
        key=key,
        max_upload_size=max(1, settings.file_bytes // 1_000_000),
        on_change=_take,
        args=(key, name, store),
    )
    kinds = ", ".join(sorted(ending.lstrip(".") for ending in _usual()))
    limits = _("Up to {count} files at once, each up to {size}.").format(
        count=settings.upload_files, size=size(settings.file_bytes)
    )
    st.caption(f"{limits} {_('These can be read: {kinds} and their like.').format(kinds=kinds)}")
    with st.expander(_("Some of them have a password")):
        st.text_input(
            _("Password of the files"),
            type="password",
            key=PASSWORD,
            help=_("It is tried on encrypted files that are read from now on, and forgotten with this tab."),
        )
    _refused(name)


def _refused(name: str) -> None:
    """What was not taken of the files that were sent last, until somebody has read it."""
    where, refused = st.session_state.get(_REFUSED, ("", []))
    if where != name or not refused:
        return
    lines = [f"**{_some(names)}**: {_(_WHY[why])}" for why, names in _by_reason(refused).items()]
    st.warning("  \n".join(lines))
    st.button(_("Close"), key="close-refused", on_click=st.session_state.pop, args=(_REFUSED, None))


def _by_reason(refused: Iterable[tuple[str, Refusal]]) -> dict[Refusal, list[str]]:
    found = dict[Refusal, list[str]]()
    for called, why in refused:
        found.setdefault(why, []).append(called)
    return found


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many there are besides."""
    named = ", ".join(plain(name) for name in names[:_NAMED])
    others = len(names) - _NAMED
    return f"{named}, {_('and {count} others').format(count=number(others))}" if others > 0 else named


def _usual() -> set[str]:
    """The ending of each kind that people know best."""
    kinds = dict.fromkeys(ENDINGS.values())
    return {next(ending for ending, kind in ENDINGS.items() if kind == each) for each in kinds}


def _take(key: str, name: str, store: ChunkStore) -> None:
    """Keeps what was dragged, and has it read."""
    taken: set[str] = st.session_state.setdefault(_TAKEN, set())
    sent = [each for each in st.session_state.get(key) or () if each.file_id not in taken]
    if not sent:  # a browser may tell of the same ones twice
        return
    taken.update(each.file_id for each in sent)
    done: Received = receive(sent, store.folder, resources.settings())
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    st.session_state[_REFUSED] = name, done.refused
    if done.saved:
        resources.works().start(reading(store, passwords=passwords()))
        count = len(done.saved)
        st.session_state[SAID] = ngettext(
            "{count} file was added and is being read.", "{count} files were added and are being read.", count
        ).format(count=count)
