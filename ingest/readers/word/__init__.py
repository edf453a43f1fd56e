"""Word documents: .docx, and .doc back to Word 6."""
