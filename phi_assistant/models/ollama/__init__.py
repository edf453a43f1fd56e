"""ChatPhiOllama and what it stands on: an Ollama server's address, what its models can do, requests and answers.

    messages ──request──► JSON ──connection──► server ──connection──► lines ──reply──► chunks

The facts about the wire are those of Ollama 0.32, with what 0.24 did differently where it matters.
"""
