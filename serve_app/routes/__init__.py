"""The routes, one module a subject; each has `router(services)`."""
