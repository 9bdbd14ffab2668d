"""The parts of a workbook: shared strings, sheets, comments, tables, and what its formulas compare with."""
