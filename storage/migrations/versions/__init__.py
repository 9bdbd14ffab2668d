"""Alembic migrations, applied by `storage.database.migrate` at start."""
