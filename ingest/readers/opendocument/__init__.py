"""OpenDocument text, and the words that its sheets and slides are made of too."""
