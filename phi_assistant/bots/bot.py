"""A bot as a value: what its file may say. Knows nothing of files, documents or models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationInfo, field_validator

from phi_assistant.languages import REFUSALS

_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Worded:
    """A text in one language or several.

    >>> Worded((("en", "Hello"), ("de", "Hallo"))).spoken("de")
    'Hallo'
    """

    texts: tuple[tuple[str, str], ...] = ()
    """Pairs of a two-letter code and the text in it; the code is empty where the file gives one text for all."""

    def spoken(self, language: str = "") -> str:
        """In this language if there is a text in it, else in the first; empty if there is none."""
        texts = dict(self.texts)
        return texts.get(language) or next(iter(texts.values()), "")

    def __bool__(self) -> bool:
        return bool(self.texts)


def _worded(value: Any) -> Any:
    if isinstance(value, Worded):
        return value
    texts = value if isinstance(value, dict) else {"": value}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("it must be a text, or a table of texts by language")
    if any(len(text) > _TEXT for text in texts.values()):
        raise ValueError(f"it must have at most {_TEXT:,} characters")
    return Worded(tuple((language, text.strip()) for language, text in texts.items()))


Text = Annotated[Worded, BeforeValidator(_worded)]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", description="a two-letter code such as en")]


class Bot(BaseModel):
    """Who answers, from what, and how. `name` is that of the file; all others are its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w-]{1,64}$", description="up to 64 letters, digits, - and _")
    title: str = Field("", max_length=100)
    """As people see it; empty takes the name."""
    persona: str = Field(min_length=1, max_length=_TEXT)
    """Who speaks, told to a language model."""
    style: str = Field("", max_length=_TEXT)
    """How it speaks, told to a language model."""
    collection: str | None = Field(
        None, pattern=r"^[\w-]{1,64}$", description="the name of a collection: up to 64 letters, digits, - and _"
    )
    """Which documents it knows; none takes the one of the settings."""
    model: str | None = Field(
        None, pattern=r"^(extractive|[a-z]+:\S.*)$", description="a model spec such as onnx:phi-3.5-mini"
    )
    """Who writes its answers; none takes the one of the settings."""
    languages: tuple[Language, ...] = ()
    """Those it answers in, its first where the question is in another; none answers in that of the question."""
    strict: Annotated[bool, Strict()] = False
    """Whether sentences that the documents do not support are left out, rather than flagged."""
    hints: Annotated[int, Strict()] = Field(0, ge=0, le=2)
    """How many hints come before the answer."""
    greeting: Text = Worded()
    refusal: Text = Worded(tuple(REFUSALS.items()))
    """What it says where the documents do not say."""
    contact: Text = Worded()
    """Whom to ask then."""
    questions: tuple[Line, ...] = Field((), max_length=20)
    """Suggested ones."""

    @field_validator("persona", "style")
    @classmethod
    def _trimmed(cls, text: str) -> str:
        return text.strip()

    @field_validator("greeting", "refusal", "contact")
    @classmethod
    def _spoken(cls, text: Worded, info: ValidationInfo) -> Worded:
        """A text in a language that the bot does not speak would never be said."""
        spoken = info.data.get("languages", ())
        for language, _ in text.texts:
            if language and language not in spoken:
                raise ValueError(f"it has a text in {language!r}, which is not among its languages")
        return text

    @property
    def shown(self) -> str:
        """How people see it."""
        return self.title or self.name

    def refuse(self, language: str = "") -> str:
        """What is said where the documents do not say, and whom to ask."""
        return " ".join(part for part in (self.refusal.spoken(language), self.contact.spoken(language)) if part)
