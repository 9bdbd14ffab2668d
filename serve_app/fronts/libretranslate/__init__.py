"""The API of LibreTranslate, as its client packages use it: at the root, and whole under /libretranslate."""
