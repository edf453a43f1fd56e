"""Getting a model: those of the catalogue, what each takes and whether this machine has it, and the downloads."""

from __future__ import annotations

import shutil
from functools import partial

import streamlit as st

from phi_assistant.models.catalogue import InOllama, Model, OnHub, catalogue
from phi_assistant.models.ollama.names import tagged
from phi_assistant.models.onnx.worker import machine
from ui import resources
from ui.downloads import Backend, Download
from ui.text import html, plain
from ui.trouble import worded
from ui.words import _, duration, languages, number, size

_RECOMMENDED = ("phi-3.5-mini", "phi-4-mini")
"""Small enough for a machine without a graphics card, and the newest of their kind."""
_CONVERSATION = 1024
"""Tokens that are counted into the memory a model takes."""
_LOOK_S = 1.0


def section() -> None:
    """Draws it."""
    st.header(_("Get a model"), anchor=False)
    st.write(
        _(
            "A language model writes answers in its own words, from your documents. It is downloaded once and then "
            "runs on this machine; nothing that you ask leaves it."
        )
    )
    free, memory = shutil.disk_usage(_existing()).free, machine.memory()
    st.caption(
        _("Free on the disk: {free}. Memory of this machine: {memory}.").format(free=size(free), memory=size(memory))
    )
    is_going_on = any(each.is_going_on for each in resources.downloads().all())
    st.fragment(_downloads, run_every=_LOOK_S if is_going_on else None)()
    wanted = [model for model in catalogue() if _ways(model)]
    for model in [each for each in wanted if each.name in _RECOMMENDED]:
        _offer(model, memory)
    with st.expander(_("Other models of the Phi family")):
        for model in [each for each in wanted if each.name not in _RECOMMENDED]:
            _offer(model, memory)


def _existing() -> str:
    """The folder for models, or the nearest above it that is there already."""
    folder = resources.settings().models_folder.absolute()
    return str(next(each for each in (folder, *folder.parents) if each.exists()))


def _ways(model: Model) -> list[Backend]:
    """By which it can be had and is not here yet."""
    found = resources.models_found()
    ways: list[Backend] = []
    if isinstance(model.onnx, OnHub) and f"onnx:{model.name}" not in found:
        ways.append("onnx")
    if isinstance(model.ollama, InOllama) and _serves() and f"ollama:{tagged(model.ollama.name)}" not in found:
        ways.append("ollama")
    return ways


@st.cache_data(ttl=15, show_spinner=False)
def _serves() -> bool:
    """Whether an Ollama server answers."""
    from phi_assistant.errors import PhiAssistantError
    from phi_assistant.models.ollama.server import state_at_once

    try:
        state_at_once(resources.settings().ollama_address)
    except PhiAssistantError:
        return False
    return True


def _offer(model: Model, memory: int) -> None:
    with st.container(border=True):
        badge = f" :primary-badge[{_('recommended')}]" if model.name == _RECOMMENDED[0] else ""
        st.markdown(f"**{plain(model.title)}**{badge}")
        st.caption(plain(_described(model)))
        if isinstance(model.onnx, OnHub) and _needs(model.onnx) > memory:
            st.caption(_("It needs more memory than this machine has."))
        with st.container(horizontal=True):
            for way in _ways(model):
                _button(model, way)


def _described(model: Model) -> str:
    said = [
        _("{count} billion parameters").format(count=number(model.parameters)),
        _("licence {licence}").format(licence=model.licence),
    ]
    if isinstance(model.onnx, OnHub):
        said.insert(1, _("takes {memory} of memory").format(memory=size(_needs(model.onnx))))
    return f"{' · '.join(said)}. {_('Languages')}: {languages(model.languages)}."


def _needs(onnx: OnHub) -> int:
    return onnx.memory + _CONVERSATION * onnx.token_memory


def _button(model: Model, way: Backend) -> None:
    going = resources.downloads().of(model.name, way)
    if way == "onnx" and isinstance(model.onnx, OnHub):
        label = _("Download ({size})").format(size=size(model.onnx.size))
    elif isinstance(model.ollama, InOllama):
        label = _("Get with Ollama ({size})").format(size=size(model.ollama.size))
    else:
        return
    start = partial(resources.downloads().start, model.name, way)
    st.button(
        label,
        key=f"get-{way}-{model.name}",
        on_click=start,
        disabled=bool(going and going.is_going_on),
        help=plain(model.title),
    )


def _downloads() -> None:
    """How far they are; when the last one ends, the page is drawn anew."""
    every = resources.downloads().all()
    going = sum(each.is_going_on for each in every)
    for each in every:
        _download(each)
    if st.session_state.get("downloads going", going) > going:
        st.session_state["downloads going"] = going
        st.rerun()
    st.session_state["downloads going"] = going


def _download(each: Download) -> None:
    name = plain(each.name)
    with st.container(border=True):
        if each.is_going_on:
            st.progress(each.share, text=f"{name}: {_progress(each)}")
            st.button(
                _("Stop the download of {model}").format(model=name),
                key=f"stop-{each.backend}-{each.name}",
                on_click=resources.downloads().stop,
                args=(each.name, each.backend),
                disabled=each.state == "stopping",
            )
            return
        _ended(each, name)
        st.button(
            _("Close"),
            key=f"close-{each.backend}-{each.name}",
            on_click=resources.downloads().dismiss,
            args=(each.name, each.backend),
            help=_("Take this message away"),
        )


def _progress(each: Download) -> str:
    if each.state == "stopping":
        return _("stopping …")
    if each.waiting:
        return _("another program is downloading it; waiting for that …")
    if not each.total:
        return _("beginning …")
    said = _("{done} of {total}").format(done=size(each.done), total=size(each.total))
    left = each.seconds_left
    return said if left is None else f"{said}, {_('about {time} left').format(time=duration(left))}"


def _ended(each: Download, name: str) -> None:
    if each.state == "done":
        st.success(_("{model} is here, and answers from now on if you choose it.").format(model=name))
    elif each.state == "stopped":
        st.info(
            _("The download of {model} was stopped. What has come is kept; begin again to go on.").format(model=name)
        )
    else:
        st.error(_("{model} could not be downloaded. What has come is kept.").format(model=name))
        if each.error:
            st.html(f'<p class="exact" lang="en" translate="no">{html(worded(each.error).exact)}</p>')
