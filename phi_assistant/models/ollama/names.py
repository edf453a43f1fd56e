"""What a model is called on an Ollama server, and which of two names mean the same."""

from __future__ import annotations

from phi_assistant.models.catalogue import InOllama, lookup


def name_there(name: str) -> str:
    """A name of the catalogue is translated, any other taken as it is.

    >>> name_there("phi-3.5-mini"), name_there("llama3.2:1b")
    ('phi3.5', 'llama3.2:1b')
    """
    known = lookup(name)
    return known.ollama.name if known and known.name == name and isinstance(known.ollama, InOllama) else name


def tagged(name: str) -> str:
    """As the server lists it.

    >>> tagged("phi3.5"), tagged("phi4-mini:3.8b"), tagged("registry:5000/me/phi")
    ('phi3.5:latest', 'phi4-mini:3.8b', 'registry:5000/me/phi:latest')
    """
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
