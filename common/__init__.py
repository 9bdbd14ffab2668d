"""What every package may import: the root of all errors. Imports nothing of ours."""
