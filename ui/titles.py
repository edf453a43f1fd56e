"""What people call a model."""

from __future__ import annotations

from phi_assistant.models.catalogue import lookup
from phi_assistant.models.specs import EXTRACTIVE
from ui.words import _


def title_of(spec: str) -> str:
    """What people call the model of a spec."""
    if spec == EXTRACTIVE:
        return _("Quotations")
    name = spec.partition(":")[2] or spec
    known = lookup(name.removesuffix(":latest"))
    return known.title if known else name.rstrip("/").rpartition("/")[2]
