"""YAML texts as lines, as trees with spans, and as values; edits of a text."""
