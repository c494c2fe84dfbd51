"""Addresses: where the registry of an image is, and which places on the network a request may go to.

Sources: https://github.com/distribution/reference (names, Docker Hub's defaults);
https://github.com/moby/moby, daemon/pkg/registry/config.go (Docker Hub's hosts, hosts without TLS).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import Invalid, invalid
from ..images.references import Reference
from .bounds import OPTION

DOCKER_HUB = "docker.io"
_DOCKER_HUB_NAMES = frozenset({"", DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?){0,30}|\[[0-9A-Fa-f:]{2,45}\])"
    r"(?::[0-9]{1,5})?"
)
_PART = re.compile(r"[a-z0-9]{1,255}(?:(?:\.|__?|-{1,255})[a-z0-9]{1,255}){0,255}")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """The registry of an image: its host as people write it, the host with the API, and the repository in it."""

    host: str
    api_host: str
    name: str

    @property
    def login(self) -> str:
        """The command that stores credentials for this registry."""
        return "docker login" if self.host == DOCKER_HUB else f"docker login {self.host}"

    @property
    def credential_key(self) -> str:
        """The name of this registry in Docker's configuration."""
        return "https://index.docker.io/v1/" if self.host == DOCKER_HUB else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether this machine is the registry, so that plain HTTP is safe."""
        return is_loopback(f"//{self.api_host}")


def address_of(reference: Reference) -> Address:
    """Return the address of an image, Docker Hub's for one without a host. Raises Invalid for an impossible name."""
    host, name = reference.registry, reference.name.removeprefix(reference.registry).removeprefix("/")
    if len(reference.name) > 512 or (host and not _HOST.fullmatch(host)) or not _is_name(name):
        shown = reference.name[:80]
        raise invalid(OPTION, f"{shown!r} is not the name of an image", "write HOST/PATH, such as ghcr.io/example/app")
    if host in _DOCKER_HUB_NAMES:
        return Address(DOCKER_HUB, "registry-1.docker.io", name if "/" in name else f"library/{name}")
    return Address(host, host.lower(), name)


def _is_name(name: str) -> bool:
    return all(_PART.fullmatch(part) for part in name.split("/"))


def origin_of(url: str) -> tuple[str, str, int]:
    """Return the scheme, host and port of a URL, ``("", "", 0)`` if it has none that can be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", 0
    if parts.scheme not in _PORTS or not parts.hostname:
        return "", "", 0
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def request_fault(url: str, registry: Address) -> str:
    """Return why a URL that a server names must not be requested, ``""`` if it may.

    No password, and no plain HTTP, apart from between servers of this machine.
    """
    scheme, _, _ = origin_of(url)
    if not scheme:
        return "which is not an HTTP address"
    parts = urlsplit(url)
    if "@" in parts.netloc:
        return "which has a password"
    if scheme == "http" and not (registry.is_loopback and is_loopback(url)):
        return "which is not encrypted"
    return ""


def is_loopback(url: str) -> bool:
    """Return whether a URL is one of this machine, by its name."""
    return urlsplit(url).hostname in _LOOPBACK


def refused_url(registry: Address, what: str, url: str, why: str) -> Invalid:
    """Return the problem of a URL that a registry names and that is not requested."""
    return invalid(
        OPTION, f"{registry.host} names {what} {url[:200]}, {why}", "report this to whoever runs the registry"
    )
