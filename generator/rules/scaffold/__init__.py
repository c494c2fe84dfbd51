"""Rules that the reading of files reports itself."""
