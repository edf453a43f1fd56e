"""The chat template of a folder: what Hugging Face's templates use, and what is said of those that fail."""

from __future__ import annotations

import json

import pytest

from phi_assistant.errors import ConfigError
from phi_assistant.models.errors import ModelUnavailable
from phi_assistant.models.manifest import FILE, Manifest
from phi_assistant.models.onnx.template import ChatTemplate

TURNS = [{"role": role, "content": text} for role, text in zip(("user", "assistant") * 2, "abcd", strict=True)]


@pytest.fixture
def render(tmp_path):
    def by(template, turns=TURNS):
        (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}), "utf-8")
        return ChatTemplate(tmp_path).render(turns)

    return by


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% for each in messages %}{% if loop.index > 2 %}{% break %}{% endif %}{{ each.content }}{% endfor %}", "ab"),
        ("{% for each in messages %}{% if loop.first %}{% continue %}{% endif %}{{ each.content }}{% endfor %}", "bcd"),
        ("{% for each in messages %}{% generation %}{{ each.content }}{% endgeneration %};{% endfor %}", "a;b;c;d;"),
        ("{{ messages[0] | tojson }}", '{"role": "user", "content": "a"}'),
        ("{{ 'A' if add_generation_prompt }}", "A"),
    ],
)
def test_it_may_use_what_templates_of_the_hub_use(render, template, text):
    assert render("{{ messages and '' }}" + template) == text


def test_one_that_refuses_the_messages_says_why(render):
    with pytest.raises(ConfigError, match="must take turns"):
        render("{{ raise_exception('They must take turns') }}")


@pytest.mark.parametrize("broken", ["{{ messages[0]['content'] + 1 }}", "{{ 1 / 0 }}", "{{ messages.pop(7).content }}"])
def test_one_that_fails_is_damaged(render, broken, tmp_path):
    with pytest.raises(ModelUnavailable, match=f"chat template of {tmp_path} fails"):
        render(broken)


def test_the_repair_is_that_of_whoever_put_the_folder_there(render, tmp_path):
    with pytest.raises(ModelUnavailable, match=f"Mend or replace the folder {tmp_path}") as raised:
        render("{% for %}")
    assert "NAME" not in str(raised.value)
    Manifest("microsoft/a-model", "", "0" * 40, ()).write(tmp_path / FILE)
    with pytest.raises(ModelUnavailable, match=f"models remove {tmp_path.name}.*models pull {tmp_path.name}"):
        render("{% for %}")
