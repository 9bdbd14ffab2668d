"""The asynchronous half; `_sync` is made from it by `clients/python/generate.py`, all but its `io.py`."""
