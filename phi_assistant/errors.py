"""What can go wrong, as one tree; each message says what, why it matters, and the command that repairs it.

    PhiAssistantError
    ├── ConfigError          a setting, flag or model spec that cannot be used
    ├── MissingExtra         an optional package is not installed (also an ImportError)
    ├── ModelUnavailable     an embedding or chat model cannot be had
    ├── QuestionError        a question that cannot be asked: empty, or far too long
    ├── LoadError            a file that cannot be read
    │   ├── UnknownFormat    no reader for this kind of file
    │   ├── EncryptedFile    it wants a password
    │   └── NoText           it was read, and holds no text
    └── StoreError           the stored documents cannot be used
        ├── EmptyStore       nothing was ingested yet
        ├── StoreMismatch    written with another embedder, or by a newer version
        ├── StoreBusy        another process holds it
        ├── StoreAway        the Chroma server that keeps its vectors cannot be reached
        ├── StoreMoved       it was indexed anew by another process, or its server has ended
        └── StoreFull        the disk is full

Exceptions of other libraries become these in the module that calls the library, with `from exc`.
"""

from __future__ import annotations


class PhiAssistantError(Exception):
    """The root: catch this to catch everything this package raises on purpose."""


class ConfigError(PhiAssistantError):
    """A setting, flag or model spec that cannot be used."""


class MissingExtra(PhiAssistantError, ImportError):
    """An optional package is not installed."""

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f'Install it with `pip install "phi-assistant[{extra}]"`.'
        )


class ModelUnavailable(PhiAssistantError):
    """An embedding or chat model cannot be had."""


class QuestionError(PhiAssistantError):
    """A question that cannot be asked."""


class LoadError(PhiAssistantError):
    """A file that cannot be read; the rest of the folder is ingested all the same."""


class UnknownFormat(LoadError):
    """There is no reader for this kind of file."""


class EncryptedFile(LoadError):
    """The file wants a password."""


class NoText(LoadError):
    """The file was read and holds no text."""


class StoreError(PhiAssistantError):
    """The stored documents cannot be used."""


class EmptyStore(StoreError):
    """Nothing was ingested yet."""


class StoreMismatch(StoreError):
    """The store was written with another embedder, or by a newer version."""


class StoreBusy(StoreError):
    """Another process holds the store."""


class StoreAway(StoreError):
    """The Chroma server that keeps the vectors cannot be reached."""


class StoreMoved(StoreError):
    """What was opened is no longer in use: open it again."""


class StoreFull(StoreError):
    """The disk is full."""
