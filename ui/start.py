"""The start and the end: who may come in is settled before anything listens, and what was opened is closed."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from phi_assistant.errors import PhiAssistantError
from ui.settled import access

if TYPE_CHECKING:
    from streamlit.starlette import App

    from ui.access import Access


def settled() -> Access:
    """Who may come in; where that cannot be settled, the end of the program with a line on why."""
    try:
        return access()
    except PhiAssistantError as exc:
        print(f"Error: {exc}", file=sys.stderr)
        sys.exit(2)


@asynccontextmanager
async def open_while_it_runs(app: App) -> AsyncIterator[None]:
    """Closes collections, models and the database when the server ends."""
    yield
    from ui import resources  # not before: what it keeps wants to know where it runs

    resources.close()
