"""PDF files; and pictures, which are read as a scanned page of one."""
