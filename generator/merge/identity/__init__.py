"""Identify the documents of three streams and the items of three lists that are the same, by their values."""
