"""Mail by byte position: the parts of a message, their headers and transfer encodings, and the lines of plain text."""
