"""YAML texts as lines, as trees whose nodes know their spans, and as values; edits of a text."""
