"""Parse and format image references: ``REGISTRY/PATH:TAG@DIGEST``.

Source: https://github.com/distribution/reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")


@dataclass(frozen=True)
class Reference:
    """An image reference: name with registry, tag and digest, ``""`` for missing parts."""

    name: str
    tag: str = ""
    digest: str = ""

    @property
    def registry(self) -> str:
        """The host of the registry, ``""`` if the name does not include one."""
        host, slash, _ = self.name.partition("/")
        is_host = "." in host or ":" in host or host == "localhost" or host != host.lower()
        return host if slash and is_host else ""

    @property
    def short_name(self) -> str:
        """The name without the prefixes that Docker implies: ``docker.io/library/nginx`` is ``nginx``."""
        if self.registry not in {"", "docker.io", "index.docker.io"}:
            return self.name
        path = self.name.removeprefix(self.registry).removeprefix("/")
        official = path.removeprefix("library/")
        return path if "/" in official else official

    @property
    def full_name(self) -> str:
        """The name with the prefixes that Docker implies: ``nginx`` is ``docker.io/library/nginx``."""
        if self.registry not in {"", "docker.io", "index.docker.io"}:
            return self.name
        short = self.short_name
        return f"docker.io/{short}" if "/" in short else f"docker.io/library/{short}"

    @property
    def base_name(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.name}{self.tag and ':'}{self.tag}{self.digest and '@'}{self.digest}"


def parse_reference(text: str) -> Reference:
    """Return the parts of a reference. Never fails: the tag follows the last colon that no slash follows."""
    rest, _, digest = text.partition("@")
    colon = rest.rfind(":")
    if colon <= rest.rfind("/"):
        return Reference(rest, "", digest)
    return Reference(rest[:colon], rest[colon + 1 :], digest)


def with_registry(name: str, registry: str | None) -> str:
    """Return a name with a registry prefix, or unchanged if it includes one."""
    return f"{registry}/{name}" if registry and not Reference(name).registry else name


def is_tag(text: str) -> bool:
    """Return whether a text is a valid tag."""
    return bool(_TAG.match(text))
