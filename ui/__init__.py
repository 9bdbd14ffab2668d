"""The console: pages in three languages on top of one client object (see ui/client.py)."""
