"""Bots: who answers, from which documents and in which manner, each described by one TOML file.

`find` reads one by its name, `names` lists them; `hints` is what keeps a tutor from giving the answer away.
"""

from __future__ import annotations

from phi_assistant.bots.bot import Bot as Bot
from phi_assistant.bots.finding import find as find
from phi_assistant.bots.finding import names as names
from phi_assistant.bots.loading import load as load
