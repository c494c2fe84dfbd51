"""Images and tags: references, versions, policies that choose tags, and the backends that move them."""
