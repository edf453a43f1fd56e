"""The list of documents, and what can be done with those that are chosen in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from ui import resources
from ui.documents import Document, State, documents
from ui.reasons import told
from ui.shell import link_to
from ui.text import html, plain
from ui.views.ask_state import address_of
from ui.views.library_state import TABLE, read_again, remove
from ui.words import N_, _, day, ngettext, number

if TYPE_CHECKING:
    from phi_assistant.store import ChunkStore

_MANY = 12
"""Documents from which on there is a field to find one."""
_ROWS = 14
"""That are seen at once."""

_STATES: dict[State, str] = {
    "ready": N_("ready"),
    "incomplete": N_("ready, with gaps"),
    "gone": N_("ready, its file is gone"),
    "waiting": N_("being read"),
    "failed": N_("could not be read"),
    "unread": N_("not read yet"),
}


def section(name: str, store: ChunkStore) -> None:
    """Draws it."""
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", key="documents-head"
    ):
        st.header(_("Documents"), anchor=False, width="content")
        if store.count():
            link_to("", _("Ask about these documents"), icon=":material/chat:", query=address_of(name))
    listed = documents(store, resources.works().of(name))
    if not listed:
        st.html(f"<p>{html(_('There are none yet. Drag files to the field above; after a moment you can ask.'))}</p>")
        return
    passages = sum(each.chunks for each in listed)
    st.caption(
        ngettext(
            "{count} document, {passages} passages. Choose some to do something with them.",
            "{count} documents, {passages} passages. Choose some to do something with them.",
            len(listed),
        ).format(count=number(len(listed)), passages=number(passages))
    )
    shown = _sought(listed)
    chosen = _table(shown)
    busy = resources.works().is_at(name)
    if chosen:
        _actions(name, store, chosen, busy=busy)
    elif any(each.state in ("unread", "failed") for each in listed) and not busy:
        st.button(_("Try again to read what is not ready"), on_click=read_again, args=(store, []))


def _sought(listed: list[Document]) -> list[Document]:
    if len(listed) < _MANY:
        return listed
    words = st.text_input(_("Find a document"), key="library-find").casefold().split()
    return [each for each in listed if all(word in f"{each.id} {each.title}".casefold() for word in words)]


def _table(shown: list[Document]) -> list[Document]:
    rows = {
        "title": [each.title for each in shown],
        "state": [_(_STATES[each.state]) for each in shown],  # second, so that a phone shows it
        "pages": [each.pages or None for each in shown],
        "chunks": [each.chunks for each in shown],
        "date": [each.date.date() if each.date else None for each in shown],
        "file": [each.id for each in shown],
    }
    text, whole = st.column_config.TextColumn, st.column_config.NumberColumn
    picked = st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(shown) <= _ROWS else 35 * (_ROWS + 1),
        key=f"{TABLE}-{st.session_state.get(TABLE, 0)}",
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "title": text(_("Title"), width=260),
            "file": text(_("File"), width=200),
            "pages": whole(_("Pages"), width=80, help=_("Where a document has pages or slides.")),
            "chunks": whole(_("Passages"), width=90, help=_("Pieces that are found for a question.")),
            "date": st.column_config.DateColumn(
                _("Date"),
                width=110,
                format="localized",
                help=_("When it was added; of a file that lies elsewhere, when that was changed."),
            ),
            "state": text(_("State"), width=150),
        },
        placeholder="–",
        alt=_("The documents, a row each, with title, state, pages, passages, date and file."),
    )
    selection = picked.get("selection", {}) if picked else {}
    return [shown[row] for row in selection.get("rows", []) if row < len(shown)]


def _actions(name: str, store: ChunkStore, chosen: list[Document], *, busy: bool) -> None:
    with st.container(border=True):
        if len(chosen) == 1:
            _details(chosen[0])
        readable = [each for each in chosen if each.date and each.path.is_absolute()]
        count = len(chosen)
        with st.container(horizontal=True):
            st.button(
                _("Read again"),
                icon=":material/refresh:",
                on_click=read_again,
                args=(store, readable),
                disabled=busy or not readable,
                help=_("Reads the file anew and puts it in place of what is stored."),
            )
            with st.popover(_("Delete"), icon=":material/delete:", disabled=busy):
                _confirm(name, chosen, count)
        if busy:
            st.caption(_("Something is being read; this is possible when it is done."))


def _confirm(name: str, chosen: list[Document], count: int) -> None:
    question = ngettext("Delete {count} document?", "Delete {count} documents?", count)
    st.write(question.format(count=count))
    if any(not each.is_uploaded for each in chosen):
        st.write(_("Files that were not added here stay where they are, and are only forgotten."))
    st.button(_("Yes, delete"), type="primary", on_click=partial(remove, name, chosen))


def _details(document: Document) -> None:
    st.subheader(plain(document.title), anchor=False)
    facts = [
        document.id,
        ngettext("{count} passage", "{count} passages", document.chunks).format(count=number(document.chunks)),
        _("added on {date}").format(date=day(document.date)) if document.date and document.is_uploaded else "",
        str(document.path) if not document.is_uploaded else "",
    ]
    st.html(f'<p class="hit">{html(" · ".join(filter(None, facts)))}</p>')
    if document.problems:
        rows = "".join(f"<dt>{html(where)}</dt><dd>{told(why)}</dd>" for where, why in document.problems)
        st.html(f'<p>{html(_("What could not be read:"))}</p><dl class="reasons">{rows}</dl>')
