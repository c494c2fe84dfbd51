"""Images and tags: references, versions, tag policies, and automation backends."""
