"""Types of columns that are the same on SQLite and PostgreSQL, and the form in which text is searched."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Half a character is no UTF-8, and PostgreSQL takes no NUL."""


class Words(TypeDecorator[str]):
    """Text; what neither database can hold becomes "�", one for one, so that offsets stay right."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None else _UNSTORABLE.sub("�", value)


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept in UTC: SQLite forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def folded(text: str) -> str:
    """Without case and accents, for searching: SQLite itself folds ASCII only.

    >>> folded("Übung")
    'ubung'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
