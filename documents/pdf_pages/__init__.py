"""What the PDF format is made of: content streams read into glyphs, glyphs into paragraphs, translations set in their place."""
