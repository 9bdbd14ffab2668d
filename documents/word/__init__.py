"""WordprocessingML: what a paragraph holds, and how a translated one is put together."""
