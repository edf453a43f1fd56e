"""The memory of this process and of the machine."""

from __future__ import annotations

import psutil

SHARE = 3
"""Conversations may take one part in so many of the memory that is free once the model is loaded."""


def resident() -> int:
    """Bytes that this process has."""
    return int(psutil.Process().memory_info().rss)


def for_conversations() -> int:
    """Bytes that conversations may take if nothing else is said."""
    return int(psutil.virtual_memory().available) // SHARE
