"""The synchronous half: made from `_async` by `clients/python/generate.py`, all but `io.py`. Do not edit it."""
