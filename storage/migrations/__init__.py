"""Alembic migrations, applied by `storage.upgrade.migrate` at start."""
