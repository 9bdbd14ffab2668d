"""Files in which translators exchange what they know: lists of terms (CSV, TSV, TBX) and translation memories (TMX)."""
