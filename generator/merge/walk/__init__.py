"""The state of one walk over three trees: edits, conflicts, notes, and what the user settled."""
