"""OpenDocument: what a paragraph holds, its styles, cells and charts, and the package."""
