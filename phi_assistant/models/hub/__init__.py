"""Downloading models from the Hugging Face Hub: whole or not at all, and resumed where it stopped.

    catalogue ──pull──► repository: files of a revision ──► transfer: bytes, checksum ──► gathering: whole, named

Stands on huggingface_hub, which knows tokens, proxies, HF_ENDPOINT and HF_HUB_OFFLINE.
"""

from phi_assistant.models.hub.gathering import Progress
from phi_assistant.models.hub.pull import pull

__all__ = ["Progress", "pull"]
