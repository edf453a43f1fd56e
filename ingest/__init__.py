"""The program that fills a store from a folder: `python -m ingest`, or `phi-assistant ingest`.

walk → load → split → embed → store → report. Runs from a checkout and is not part of the wheel.
"""
