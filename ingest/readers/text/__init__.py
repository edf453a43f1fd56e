"""Plain text, Markdown, CSV and captions, in whatever character set."""
