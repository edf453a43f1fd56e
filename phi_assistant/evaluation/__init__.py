"""Evaluation: questions with known answers are asked, and what comes is measured.

    set of questions ──ask──► outcomes ──summary──► figures ──► table, JSON, HTML report, gate

Questions come from a folder that brings its own documents, or from a small file about the user's own.
The command is `phi-assistant eval`; nothing here prints.
"""
