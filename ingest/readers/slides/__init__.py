"""Decks: .pptx, .ppt and .odp."""
