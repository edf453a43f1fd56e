"""The command `phi-assistant`: one front door to everything.

A command is a module here; each imports what it needs when it runs, so that `--help` answers at once.
"""
