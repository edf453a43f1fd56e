"""Which prompt form a model has, told from its tokenizer and its chat template."""

from __future__ import annotations

from collections.abc import Container

from phi_assistant.models.guided.form import Form
from phi_assistant.models.guided.phi3 import Phi3Form
from phi_assistant.models.guided.phi4_mini import Phi4MiniForm


def form_of(control: Container[str], template: str) -> Form:
    """Of a model with these control tokens and this chat template.

    Phi-4-mini's form needs the tokens of calls and a template that shows tools; any other model is told in words.
    """
    has_tokens = Phi4MiniForm.opening in control and Phi4MiniForm.closing in control
    if not has_tokens or "tools" not in template:
        return Phi3Form()
    return Phi4MiniForm("tool_response" if "<|tool_response|>" in control else "user")
