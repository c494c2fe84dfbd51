"""The client of registries, against Debian's docker-registry on loopback and servers that misbehave."""
