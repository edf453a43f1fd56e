"""Worker processes: each reads files apart from the run, within limits, and may fall without it."""
