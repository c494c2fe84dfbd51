"""Write the changes of theirs into collections and scalars of ours."""
