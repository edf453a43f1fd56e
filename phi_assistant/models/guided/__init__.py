"""Output that always parses: schemas and tools become grammars, and what was written within them is read again.

Knows nothing of runtimes: a grammar is a string that the model's process keeps to (llguidance, see `grammar`), and
`closing` sees to it that the text is whole before its tokens are used up.
"""
