"""HTML, XML, reStructuredText and EPUB."""
