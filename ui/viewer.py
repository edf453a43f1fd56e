"""The viewer: where a citation stands, for whoever wants to see it himself.

    viewer.open_citation(citation, collection)   in a dialog, from where a button was pressed
    viewer.show(citation, collection)            where the page is at the moment

A page of a PDF is shown as it is printed, with the words of the quote marked, and a picture as it is, while its file is
the one that was read; and always the text around the quote, as it was read, for those who do not see pictures as well.
"""

from __future__ import annotations

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from phi_assistant.schema import Chunk, Citation
from phi_assistant.store import Entry
from ui import resources
from ui.passwords import known
from ui.text import html, plain
from ui.trouble import show as show_trouble
from ui.viewing.excerpt import excerpt
from ui.viewing.original import Picture, State, pictures, state_of
from ui.viewing.place import Place, place_of
from ui.words import _

_STYLE = """
<style>
  .stHtml .excerpt p { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.65; margin: 0 0 .75rem; }
  .stHtml .excerpt table { border-collapse: collapse; margin: 0 0 .75rem; }
  .stHtml .excerpt :is(th, td) { border: 1px solid color-mix(in srgb, currentColor 20%, transparent);
    padding: .25rem .625rem; text-align: start; vertical-align: top; overflow-wrap: anywhere; line-height: 1.5; }
  [data-testid="stDialog"] img { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
  .excerpt mark { background: #fff0a0; color: #1f2423; border-radius: .2rem; padding: .1rem 0; }
  .excerpt mark b { background: #ffd04a; font-weight: inherit; }
</style>
"""


def open_citation(citation: Citation, collection: str) -> None:
    """Opens a dialog with the passage; to be called where a button was pressed, once in a run."""
    st.dialog(plain(citation.title or citation.source), width="medium")(show)(citation, collection)


def open_chunk(chunk: Chunk, collection: str) -> None:
    """The same for a passage that was consulted, or found by a search."""
    open_citation(cited(chunk), collection)


def cited(chunk: Chunk) -> Citation:
    """A chunk as if it were quoted whole, without the blanks around it."""
    text = chunk.text.strip()
    start = chunk.start + len(chunk.text) - len(chunk.text.lstrip())
    return Citation(0, chunk.source, chunk.title, chunk.label, start, start + len(text), text)


def show(citation: Citation, collection: str) -> None:
    """Draws where the citation stands."""
    try:
        entry = resources.stores().store(collection).entry(citation.source)
    except PhiAssistantError as exc:
        show_trouble(exc)
        return
    place = place_of(citation, entry)
    state = state_of(entry) if entry else "none"
    st.html(f"{_STYLE}<p>{html(' · '.join(_where(citation)))}</p>")
    if told := _told(entry, state, place):
        st.info(told)
    drawn = _pictures(entry, place) if entry and state == "same" else []
    for picture in drawn:
        _page(picture)
    if drawn:
        with st.expander(_("The same as text"), expanded=not all(picture.is_marked for picture in drawn)):
            _excerpt(place, citation.source)
    else:
        _excerpt(place, citation.source)


def _where(citation: Citation) -> list[str]:
    return list(dict.fromkeys(part for part in (citation.source, citation.label) if part))


def _told(entry: Entry | None, state: State, place: Place) -> str:
    """What a reader should know of what he sees; nothing where all is as it was."""
    if entry is None:
        return _("This document is not in the library any more. This is what was quoted from it.")
    if not place.is_found:
        return _("This document was changed since, and does not say this any more. This is what was quoted from it.")
    if state == "gone":
        return _("The file is not where it was. This is the text as it was read from it.")
    if state == "changed":
        return _("The file was changed since it was read. This is the text as it was read.")
    return ""


def _pictures(entry: Entry, place: Place) -> list[Picture]:
    with st.spinner(_("Opening the page …")):
        return _drawn(str(entry.path), entry.source.digest, place, known())


@st.cache_data(max_entries=40, show_spinner=False)
def _drawn(path: str, digest: str, place: Place, passwords: tuple[str, ...]) -> list[Picture]:
    from pathlib import Path

    return pictures(Path(path), digest, place.sheets, settings=resources.settings(), passwords=passwords)


def _page(picture: Picture) -> None:
    parts = [_("Page {number} of {count}").format(number=picture.number, count=picture.of)] if picture.label else []
    if not picture.is_marked:
        parts.append(_("The words cannot be marked in it; see the text below."))
    alt = _("The page as it is printed, with the quote marked; its text is below.")
    st.image(picture.png, caption=plain(". ".join(parts)), width="stretch", alt=alt)


def _excerpt(place: Place, source: str) -> None:
    """Before, the quote marked, after; as text, whatever it looks like."""
    st.html(f'<div class="excerpt" lang="" dir="auto" translate="no">{excerpt(place, source)}</div>')
