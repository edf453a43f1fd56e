"""Trying a search: what would be found for a question, and why each hit ranks where it does."""

from __future__ import annotations

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from ui import resources
from ui.answers import readable
from ui.explaining import Ranked, ranked
from ui.text import html, plain
from ui.trouble import show
from ui.viewer import open_chunk
from ui.words import _, number

_HITS = 8


def section(name: str) -> None:
    """Draws it."""
    st.header(_("Try a search"), anchor=False)
    question = st.text_input(_("What would be found for this question?"), key=f"library-search-{name}", max_chars=2000)
    if not question.strip():
        return
    try:
        found = ranked(resources.retriever(name), question, k=_HITS)
    except PhiAssistantError as exc:
        show(exc)
        return
    st.caption(
        _(
            "Each passage has up to 50 points for how near it is to the question in meaning, and up to 50 for the "
            "words that both have, rare ones counting more. The best one in each has all 50."
        )
    )
    for at, each in enumerate(found, 1):
        _hit(at, each, name)


def _hit(at: int, each: Ranked, name: str) -> None:
    chunk = each.hit.chunk
    with st.container(border=True, key=f"hit-{at}"):
        where = " · ".join(dict.fromkeys(part for part in (chunk.title, chunk.label) if part))
        st.html(f'<h3 class="hit" style="font-size:1rem;padding:0">{at}. {html(where)}</h3>')
        st.html(f'<p class="hit">{html(readable(chunk.text))}</p>{_why(each)}')
        if st.button(
            _("Show in its page"), key=f"show-{at}", type="tertiary", icon=":material/find_in_page:", help=plain(where)
        ):
            open_chunk(chunk, name)


def _why(each: Ranked) -> str:
    """A bar of what it got from where, and the same in words."""
    score, meaning = round(100 * each.hit.score), round(100 * each.meaning)
    words = score - meaning  # so that the sum is right as it is read
    by_meaning = _("meaning {points} (place {place}, cosine {cosine})").format(
        points=meaning, place=each.place_by_meaning, cosine=number(round(each.hit.dense, 2))
    )
    by_words = (
        _("words {points} (place {place}, BM25 {value})").format(
            points=words, place=each.place_by_words, value=number(round(each.hit.lexical, 1))
        )
        if each.place_by_words
        else _("words 0 (none in common)")
    )
    shared = _("Words in common: {words}").format(words=", ".join(each.shared)) if each.shared else ""
    return (
        f'<div class="bar" aria-hidden="true"><i class="meaning" style="width:{each.meaning:.1%}"></i>'
        f'<i class="words" style="width:{each.words:.1%}"></i></div>'
        f'<p class="why"><strong>{html(_("{score} of 100 points").format(score=score))}</strong> = '
        f'<i class="meaning" aria-hidden="true"></i>{html(by_meaning)} + '
        f'<i class="words" aria-hidden="true"></i>{html(by_words)}'
        f"{'<br>' if shared else ''}{html(shared)}</p>"
    )
