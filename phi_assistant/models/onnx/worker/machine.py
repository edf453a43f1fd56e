"""What this process may use of the machine: its processors and its memory, the limits of a container included."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

SHARE = 3
"""Conversations may take one part in so many of the memory that is free once the model is loaded."""

_CONTROL = Path("/sys/fs/cgroup")
"""Where Linux says what a container may use (cgroup v2)."""


def cores() -> int:
    """Processors, at least one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _said("cpu.max").partition(" ")
    if quota.isdecimal() and period.isdecimal():
        allowed = min(allowed, -(-int(quota) // int(period)))
    return max(1, allowed)


def resident() -> int:
    """Bytes that this process has."""
    return int(psutil.Process().memory_info().rss)


def memory() -> int:
    """Bytes that there are, or that a container may have."""
    limit = _said("memory.max")
    total = int(psutil.virtual_memory().total)
    return min(total, int(limit)) if limit.isdecimal() else total


def free_memory() -> int:
    """Bytes that can be had."""
    free = int(psutil.virtual_memory().available)
    limit, used = _said("memory.max"), _said("memory.current")
    if limit.isdecimal() and used.isdecimal():
        free = min(free, int(limit) - int(used))
    return max(0, free)


def for_conversations() -> int:
    """Bytes that conversations may take if nothing else is said."""
    return free_memory() // SHARE


def _said(name: str) -> str:
    try:
        return (_CONTROL / name).read_text("ascii").strip()
    except OSError:
        return ""
