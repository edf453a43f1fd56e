"""Grounding: what of an answer stands in the passages it was written from.

Whoever wrote the text: sentences are matched with the sentences shown, markers are put where they belong, and
every number, date, name, code and address must stand in a passage or in the question.
"""

from phi_assistant.grounding.answers import ground
from phi_assistant.grounding.values import Fact, Grounded, Statement

__all__ = ["Fact", "Grounded", "Statement", "ground"]
