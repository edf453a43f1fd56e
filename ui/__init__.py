"""The front end: pages in the browser for people who never saw a terminal. A program, not part of the wheel.

    browser ──► gate (who may come in) ──► main.py ──► views/ (a room a page) ──► resources (what all share)

Imports go `ui → ingest → phi_assistant`, and are always written `from ui.x import …`.
"""
