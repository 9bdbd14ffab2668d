"""Thin Ray shells around pure decisions: the scheduler, the translators, the GPU monitors, the document workers."""
