"""Collections and scalars of ours: the edits that bring the changes of theirs into them."""
