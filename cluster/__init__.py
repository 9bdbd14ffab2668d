"""Puts the parts together: settings, command line, starting and joining Ray, deploying, diagnosing a machine."""
