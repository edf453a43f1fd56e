"""How a model folder that is damaged is mended: that depends on who put it there."""

from __future__ import annotations

from pathlib import Path

from phi_assistant.models.manifest import FILE, Manifest


def repair(folder: Path) -> str:
    """As a sentence, with the command. What was downloaded is fetched anew; any other folder is its owner's."""
    if Manifest.read(folder / FILE):
        return (
            f"Fetch it anew: `phi-assistant models remove {folder.name}`, then "
            f"`phi-assistant models pull {folder.name}`."
        )
    return f"Mend or replace the folder {folder}, or take another model: `phi-assistant models pull phi-3.5-mini`."
