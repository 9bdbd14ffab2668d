"""The HTTP API and the console on Ray Serve. Reads no database and holds no model: it asks the scheduler."""
