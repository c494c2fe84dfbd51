"""Whole texts: a merge that is tried and shown to be right, one field reset, conflict markers settled."""
