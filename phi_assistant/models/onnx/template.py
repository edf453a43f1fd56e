"""The chat template of a model: turns in, the text that the model was trained to see out.

Jinja in a sandbox, with what Hugging Face's templates expect to find. Where a template knows no system role, the
system prompt stands before the first question, for it would be lost otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from phi_assistant.errors import ConfigError, ModelUnavailable
from phi_assistant.models.repair import repair
from phi_assistant.models.thoughts import OPEN

Turn = Mapping[str, Any]
"""`role` and `content`, and what a template wants besides, such as `tools`."""

_PROBE = "\ue00f"


class ChatTemplate:
    """Of a folder."""

    def __init__(self, folder: Path) -> None:
        """Raises `ModelUnavailable` if there is none, or it is not one."""
        settings = _settings(folder)
        self.source = _source(folder, settings)
        self._folder = folder
        self._special = {name: _text(settings[name]) for name in ("bos_token", "eos_token") if settings.get(name)}
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
        )
        environment.globals |= {"raise_exception": _refuse, "strftime_now": lambda how: datetime.now().strftime(how)}
        environment.filters["tojson"] = _to_json
        try:
            self._template = environment.from_string(self.source)
        except TemplateError as exc:
            raise ModelUnavailable(
                f"The chat template of {folder} is damaged ({exc}), and no prompt can be made without it. "
                f"{repair(folder)}"
            ) from exc
        self._knows_system = self._shows_system()

    @property
    def opens_thoughts(self) -> bool:
        """Whether the prompt ends where the model is to think, so that an answer begins with thoughts."""
        return self.render([{"role": "user", "content": "?"}]).rstrip().endswith(OPEN)

    def render(self, turns: Sequence[Turn]) -> str:
        """The text up to where the answer begins.

        Raises `ConfigError` for turns that the template refuses, `ModelUnavailable` if it fails with them.
        """
        turns = list(turns) if self._knows_system else _without_system(turns)
        try:
            return self._rendered(turns)
        except _Refused as exc:
            why = str(exc).rstrip(".")
            raise ConfigError(
                f"The model's chat template refuses these messages: {why}. Questions and answers should take turns."
            ) from exc
        except Exception as exc:  # a template is a program, and raises what programs raise
            raise ModelUnavailable(
                f"The chat template of {self._folder} fails with these messages ({type(exc).__name__}: {exc}), and no "
                f"prompt can be made without it. {repair(self._folder)}"
            ) from exc

    def _rendered(self, turns: Sequence[Turn]) -> str:
        return self._template.render(messages=turns, add_generation_prompt=True, **self._special)

    def _shows_system(self) -> bool:
        turns = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "?"}]
        try:
            return _PROBE in self._rendered(turns)
        except Exception:  # it refuses a system prompt, or fails with it
            return False


class _Generation(Extension):
    """`{% generation %}` marks for those who train a model what it is to learn; its inside is text like any other."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> list[Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _without_system(turns: Sequence[Turn]) -> list[Turn]:
    told = "\n\n".join(turn["content"] for turn in turns if turn["role"] == "system")
    rest = [dict(turn) for turn in turns if turn["role"] != "system"]
    asked = next((turn for turn in rest if turn["role"] == "user"), None)
    if told and asked:
        asked["content"] = f"{told}\n\n{asked['content']}"
    elif told:
        rest.insert(0, {"role": "user", "content": told})
    return list(rest)


def _settings(folder: Path) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        raise ModelUnavailable(
            f"{folder / 'tokenizer_config.json'} cannot be read ({exc}), and no prompt can be made without it. "
            f"{repair(folder)}"
        ) from exc
    return settings


def _source(folder: Path, settings: Mapping[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    if file.exists():
        return file.read_text("utf-8")
    found = settings.get("chat_template")
    if isinstance(found, list):  # several by name
        found = next((each["template"] for each in found if each["name"] == "default"), None)
    if not found:
        raise ModelUnavailable(
            f"The model in {folder} has no chat template, and nobody can tell how it wants to be asked. Take an "
            "“instruct” model, or put its template into chat_template.jinja in that folder."
        )
    return str(found)


def _text(token: Any) -> str:
    return token["content"] if isinstance(token, dict) else str(token)


class _Refused(TemplateError):
    """A template says so itself."""


def _refuse(message: str) -> NoReturn:
    raise _Refused(message)


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
