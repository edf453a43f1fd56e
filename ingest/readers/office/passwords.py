"""What is said of a file that wants a password, the same for every format."""

from __future__ import annotations

from collections.abc import Sequence

from phi_assistant.errors import EncryptedFile

__all__ = ["locked"]


def locked(tried: Sequence[str]) -> EncryptedFile:
    """The error to raise once `tried`, the passwords that were given, did not open the file."""
    if not tried:
        return EncryptedFile(
            "wants a password to be opened. Give it with `--password`, or save a copy without one and add that."
        )
    which = "the password given does not open it" if len(tried) == 1 else f"none of the {len(tried)} passwords opens it"
    return EncryptedFile(f"wants a password to be opened, and {which}. Check it, or save a copy without one.")
