"""The API of DeepL, version 2, as its own client packages use it."""
