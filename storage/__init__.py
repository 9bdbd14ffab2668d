"""What Khelmerch remembers: SQLModel tables, the only SQL, migrations and blob files. Knows nothing of Ray."""
