"""The starter model: its corpus, its phrasebook, its training and its measuring."""
