"""Compiled programs that train networks and predict with them, for each backend."""
