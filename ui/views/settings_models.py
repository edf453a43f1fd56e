"""The models that can answer now: what each is, which one answers if nobody chooses, and taking one away."""

from __future__ import annotations

import streamlit as st

from phi_assistant.errors import PhiAssistantError
from phi_assistant.models.folders import Here, inventory
from phi_assistant.models.specs import EXTRACTIVE
from ui import resources
from ui.text import plain
from ui.titles import title_of
from ui.trouble import show
from ui.words import _, size


def section() -> None:
    """Draws it."""
    st.header(_("Models that answer"), anchor=False)
    try:
        specs, here = resources.models_found(), inventory(resources.settings().models_folder)
    except PhiAssistantError as exc:
        show(exc)
        return
    chosen = resources.spec_of(None)
    for spec in specs:
        _row(spec, here, is_first=spec == chosen)
    if chosen not in specs:
        st.warning(_("The settings name the model {model}, which is not here.").format(model=plain(chosen)))
    for each in here:
        if each.flaw and each.origin != "interrupted":
            _flawed(each)


def _row(spec: str, here: list[Here], *, is_first: bool) -> None:
    backend, _sep, name = spec.partition(":")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container():
            badge = f" :primary-badge[{_('answers if nobody chooses')}]" if is_first else ""
            st.markdown(f"**{plain(title_of(spec))}**{badge}")
            st.caption(_what(spec, here))
        if backend == "onnx" and (found := next((each for each in here if each.name == name), None)):
            _removal(found)


def _what(spec: str, here: list[Here]) -> str:
    if spec == EXTRACTIVE:
        return _("Needs no model: it quotes the sentences that answer, and is always there.")
    backend, _sep, name = spec.partition(":")
    if backend == "ollama":
        return _("In the Ollama server, as {name}").format(name=plain(name))
    if backend == "openai":
        return _("On the server at {address}, as {name}").format(
            address=plain(resources.settings().openai or ""), name=plain(name)
        )
    found = next((each for each in here if each.name == name), None)
    return _("On this machine, {size}").format(size=size(found.size)) if found else _("On this machine")


def _removal(here: Here) -> None:
    with st.popover(_("Remove"), help=_("Take this model away")):
        if here.origin == "added":
            st.write(_("The assistant forgets this model; its folder stays where it is."))
        else:
            st.write(_("This deletes {size} from the disk. It can be downloaded again.").format(size=size(here.size)))
        st.button(_("Remove {model}").format(model=plain(here.name)), on_click=_remove, args=(here,), type="primary")


def _remove(here: Here) -> None:
    from phi_assistant.models.keeping import remove

    resources.chats().close(f"onnx:{here.name}")
    try:
        remove(here.name, resources.settings().models_folder)
    except PhiAssistantError as exc:
        show(exc)
    resources.models_found.clear()


def _flawed(here: Here) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container():
            st.markdown(f"**{plain(here.name)}** :red-badge[{_('cannot be used')}]")
            st.caption(plain(here.flaw or ""))
        _removal(here)
