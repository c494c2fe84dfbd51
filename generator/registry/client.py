"""The API of one repository of a registry: requests with authorization, and where redirects may lead.

The Authorization header goes to the host of the registry only (same scheme, host and port), never to where a redirect
leads; another host that asks for a login gets none.

Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urljoin

from ..errors import Invalid, invalid
from .address import Address, origin_of, refused_url, request_fault
from .bounds import OPTION, Deadline, RegistryLimits
from .challenge import authorization_for, error_text, refusal
from .credentials import Login, stored_login
from .transport import Reply, Transport

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5


@dataclass
class RegistryClient:
    """A repository of a registry, for any number of threads."""

    registry: Address
    limits: RegistryLimits
    deadline: Deadline
    _authorization: str = field(init=False, default="", repr=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    @cached_property
    def base(self) -> str:
        """The URL of the repository, ending in ``/``."""
        return f"{self._transport.scheme()}://{self.registry.api_host}/v2/{self.registry.name}/"

    def get(
        self, url: str, limit: int, accept: str = "application/json", *, absent: tuple[int, ...] = ()
    ) -> Reply | None:
        """Return the answer with status 200 to a URL of the registry, after redirects; None for a status in ``absent``.

        Raises Invalid for every other answer, and for more than ``limit`` bytes.
        """
        reply = self._authorized(url, limit, accept)
        for _ in range(_MAX_REDIRECTS):
            if reply.status not in _REDIRECTS:
                break
            target = self._target(reply)
            if origin_of(target) == origin_of(self.base):
                reply = self._authorized(target, limit, accept)
            else:
                reply = self._transport.request(target, {"Accept": accept}, limit)
        if reply.status == 200:
            return reply
        if reply.status in absent:
            return None
        raise self._failure(reply)

    @cached_property
    def _transport(self) -> Transport:
        return Transport(self.registry, self.limits, self.deadline)

    @cached_property
    def _login(self) -> Login | None:
        return stored_login(self.registry, self.limits.helper_seconds)

    def _authorized(self, url: str, limit: int, accept: str) -> Reply:
        """Ask the registry; if it wants a login, or a new token in place of one that expired, ask once more."""
        sent = self._authorization
        reply = self._transport.request(url, self._headers(accept, sent), limit)
        if reply.status != 401:
            return reply
        with self._lock:
            if self._authorization == sent:  # no other thread was first
                self._authorization = authorization_for(reply, self.registry, self._login, self._transport)
            renewed = self._authorization
        return self._transport.request(url, self._headers(accept, renewed), limit)

    @staticmethod
    def _headers(accept: str, authorization: str) -> dict[str, str]:
        return {"Accept": accept, **({"Authorization": authorization} if authorization else {})}

    def _target(self, reply: Reply) -> str:
        """Return where a redirect leads. Raises Invalid if it must not be followed."""
        try:
            target = urljoin(reply.url, reply.headers.get("location", ""))
        except ValueError:
            target = reply.headers["location"]
        if why := request_fault(target, self.registry):
            raise refused_url(self.registry, "the redirect", target, why)
        return target

    def _failure(self, reply: Reply) -> Invalid:
        """Return the problem of an answer that is of no use."""
        host, name = self.registry.host, self.registry.name
        if reply.status in {401, 403}:
            return refusal(self.registry, self._login, error_text(reply))
        if reply.status == 404:
            message = f"{host} has no image {name}{error_text(reply)}"
            return invalid(OPTION, message, f"check its name; if it is private, run {self.registry.login}")
        if reply.status == 429:
            wait = reply.headers.get("retry-after", "")[:40]
            when = f"in {wait} s" if wait.isascii() and wait.isdigit() else "later"
            message = f"{host} limits the rate of requests{error_text(reply)}"
            hint = f"try again {when}, or run {self.registry.login} for a higher limit, or use a file (--from FILE)"
            return invalid(OPTION, message, hint)
        if reply.status in _REDIRECTS:
            return refused_url(
                self.registry, "the redirect", reply.headers.get("location", ""), "after too many others"
            )
        message = f"{host} answers with status {reply.status}{error_text(reply)}"
        return invalid(OPTION, message, "try again later; if it stays, report it to whoever runs the registry")
