"""What Streamlit says in English alone, or in words for programmers: and what is said here instead."""

from __future__ import annotations

from ui.words import N_, _

_GONE = N_("The assistant does not answer. This page goes on by itself as soon as it is back.")
_OURS = {
    "Connection error": N_("No connection"),
    "Streamlit server is not responding. Are you connected to the internet?": _GONE,
    "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:": _GONE,
    "streamlit run yourscript.py": "phi-assistant ui",
}
_TEXTS = (
    N_("Skip to main content"),
    N_("No results"),
    N_("Press Enter to apply"),
    N_("Press Enter to submit form"),
    N_("Press Ctrl+Enter to submit form"),
    N_("Press ⌘+Enter to submit form"),
    N_("Show/hide columns"),
    N_("Download as CSV"),
    N_("Fullscreen"),
    N_("Close fullscreen"),
    N_("Clear selection"),
    N_("Sort ascending"),
    N_("Sort descending"),
    N_("Autosize"),
    N_("Pin column"),
    N_("Unpin column"),
    N_("Hide column"),
)
_LABELS = (
    N_("Sidebar"),
    N_("Collapse sidebar"),
    N_("Expand sidebar"),
    N_("App pages"),
    N_("Open"),
    N_("Close"),
    N_("Dismiss"),
    N_("Send message"),
    N_("Feedback rating"),
    N_("Thumbs up"),
    N_("Thumbs down"),
    N_("Show password"),
    N_("Hide password"),
    N_("Choose an option"),
    N_("Clear value"),
    N_("Search"),
    N_("Help for {name}"),
)
"""For those who hear a page. A title may be one of these words as well, and so they are not texts."""


def sayings() -> dict[str, dict[str, str]]:
    """Ours by Streamlit's, where they differ: of texts, and of labels, which hold those of texts too."""
    texts = {each: _(_OURS.get(each, each)) for each in (*_OURS, *_TEXTS)}
    labels = {each: _(each) for each in _LABELS}
    return {"texts": _other(texts), "labels": _other(texts | labels)}


def _other(said: dict[str, str]) -> dict[str, str]:
    return {theirs: ours for theirs, ours in said.items() if theirs != ours}
