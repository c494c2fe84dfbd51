"""The entries of three collections: which stay, go and come, and in which order; not how they are written."""
