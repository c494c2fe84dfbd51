"""Which documents of three streams, and which items of three lists, are the same ones; by values alone."""
