"""Decide which entries of three collections stay, go and come, and in which order; not how they are written."""
