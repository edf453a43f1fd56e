"""Chat templates: the Go text that /api/show shows, and in Python what Ollama makes of it.

The templates of Ollama's library are not evaluated here; each is written a second time as a function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from phi_assistant.fakes.ollama import go

Messages = Sequence[dict[str, Any]]
Render = Callable[[Messages, Sequence[Any]], str]


@dataclass(frozen=True)
class Template:
    """How messages become a prompt."""

    text: str
    """In Go's language, as /api/show has it."""
    render: Render
    """Messages and tools to the prompt."""
    stops: tuple[str, ...] = ()
    """Where a model with this template stops of itself."""


def _turns(messages: Messages) -> list[tuple[str, str, str]]:
    """System, prompt and response of each turn: templates without `.Messages` know no other roles."""
    turns: list[list[str]] = [["", "", ""]]
    for message in messages:
        place = {"system": 0, "user": 1, "assistant": 2}.get(message["role"])
        if place is None:
            continue
        if any(turns[-1][place:]):
            turns.append(["", "", ""])
        turns[-1][place] = message["content"]
    return [(system, prompt, response) for system, prompt, response in turns]


def _joined(messages: Messages) -> list[dict[str, Any]]:
    """Neighbours of one role as one message, as Ollama collates them."""
    joined: list[dict[str, Any]] = []
    for message in messages:
        if joined and joined[-1]["role"] == message["role"] != "tool":
            joined[-1] = joined[-1] | {"content": f"{joined[-1]['content']}\n\n{message['content']}"}
        else:
            joined.append(message)
    return joined


def _phi3(messages: Messages, tools: Sequence[Any]) -> str:
    turns = []
    for system, prompt, response in _turns(_joined(messages)):
        text = f"<|system|>\n{system}<|end|>\n" if system else ""
        text += f"<|user|>\n{prompt}<|end|>\n" if prompt else ""
        turns.append(f"{text}<|assistant|>\n{response}")
    return "<|end|>".join(turns)


def _phi4(messages: Messages, tools: Sequence[Any]) -> str:
    joined = _joined(messages)
    text = "<|im_end|>\n".join(f"<|im_start|>{each['role']}<|im_sep|>\n{each['content']}" for each in joined)
    return text if joined[-1]["role"] == "assistant" else f"{text}<|im_end|>\n<|im_start|>assistant<|im_sep|>\n"


def _phi4_mini(messages: Messages, tools: Sequence[Any]) -> str:
    joined = _joined(messages)
    system = "\n\n".join(each["content"] for each in joined if each["role"] == "system")
    text = f"<|system|>{system or 'You are a helpful assistant with some tools.'}" if system or tools else ""
    text += f"<|tool|>{go.encode(tools)}<|/tool|><|end|>" if tools else ""
    others = [each for each in joined if each["role"] != "system"]
    text += "<|end|>".join(f"<|{each['role']}|>{each['content']}{_called(each)}" for each in others)
    return text if others and others[-1]["role"] == "assistant" else f"{text}<|end|><|assistant|>"


def _called(message: dict[str, Any]) -> str:
    calls = [call["function"] for call in message.get("tool_calls", ())]
    shown = [{"name": call.get("name", ""), "arguments": call.get("arguments", {})} for call in calls]
    return f"<|tool_call|>{go.encode(shown)}<|/tool_call|>" if shown else ""


def _plain(messages: Messages, tools: Sequence[Any]) -> str:
    return "".join(each["content"] for each in messages if each["role"] == "user")


PHI3 = Template(
    "{{ if .System }}<|system|>\n{{ .System }}<|end|>\n{{ end }}"
    "{{ if .Prompt }}<|user|>\n{{ .Prompt }}<|end|>\n{{ end }}<|assistant|>\n{{ .Response }}<|end|>",
    _phi3,
    ("<|end|>", "<|user|>", "<|assistant|>"),
)
PHI4 = Template(
    "{{- range $i, $_ := .Messages }}\n{{- $last := eq (len (slice $.Messages $i)) 1 -}}\n"
    "<|im_start|>{{ .Role }}<|im_sep|>\n{{ .Content }}{{ if not $last }}<|im_end|>\n{{ end }}\n"
    '{{- if and (ne .Role "assistant") $last }}<|im_end|>\n<|im_start|>assistant<|im_sep|>\n{{ end }}\n{{- end }}',
    _phi4,
    ("<|im_start|>", "<|im_end|>", "<|im_sep|>"),
)
PHI4_MINI = Template(
    "{{- if or .System .Tools }}<|system|>{{ if .System }}{{ .System }}{{ end }}\n{{- if .Tools }}"
    "{{ if not .System }}You are a helpful assistant with some tools.{{ end }}<|tool|>{{ .Tools }}<|/tool|><|end|>\n"
    "{{- end }}\n{{- end }}\n{{- range $i, $_ := .Messages }}\n{{- $last := eq (len (slice $.Messages $i)) 1 -}}\n"
    '{{- if ne .Role "system" }}<|{{ .Role }}|>{{ .Content }}\n{{- if .ToolCalls }}<|tool_call|>{{ .ToolCalls }}'
    "<|/tool_call|>\n{{- end }}\n{{- if not $last }}<|end|>\n{{- end }}\n"
    '{{- if and (ne .Role "assistant") $last }}<|end|><|assistant|>{{ end }}\n{{- end }}\n{{- end }}',
    _phi4_mini,
    ("<|end|>", "<|endoftext|>"),
)
PLAIN = Template("{{ .Prompt }}", _plain)
"""What a model has for which nothing else is known; those that embed, for one."""
