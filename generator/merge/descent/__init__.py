"""Descend through the documents of three streams, and in each of them field by field."""
