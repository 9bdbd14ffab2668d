"""Bytes in, segments out, and back: one module per format, one registry. No Ray, no translation."""
