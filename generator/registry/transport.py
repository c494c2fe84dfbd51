"""HTTP: one request, bounded, with retries of what fails for now.

urllib3 speaks HTTP. Certificates are checked against the system's store, or SSL_CERT_FILE and SSL_CERT_DIR (OpenSSL's
variables), or REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE; proxies are those of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and
NO_PROXY, and this machine needs none. Nothing else comes from the environment, and nothing is kept between requests but
connections: no cookies, no .netrc.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import urllib3
from urllib3 import exceptions

from .. import __version__
from ..errors import Invalid, invalid
from .address import Address, is_loopback, origin_of
from .bounds import OPTION, Deadline, RegistryLimits

_FOR_NOW = frozenset({429, 500, 502, 503, 504})
_ERROR_BYTES = 64 << 10
_CHUNK = 64 << 10
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_OF_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True)
class Reply:
    """What a server answered; only the start of the body of an error."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Transport:
    """Requests of one call, by any number of threads."""

    registry: Address
    limits: RegistryLimits
    deadline: Deadline
    _pools: dict[str, urllib3.PoolManager] = field(init=False, default_factory=dict)

    def request(self, url: str, headers: Mapping[str, str], limit: int, form: Mapping[str, str] | None = None) -> Reply:
        """Return the answer to a GET, or with ``form`` a POST; redirects are not followed.

        Raises Invalid where no answer comes, and for one of more than ``limit`` bytes.
        """
        for attempt in range(1, self.limits.attempts + 1):
            is_last = attempt == self.limits.attempts
            try:
                reply = self._once(url, headers, limit, form)
            except (exceptions.HTTPError, OSError, ValueError) as error:
                if is_last or not isinstance(error, exceptions.ProtocolError):
                    raise self._failure(url, error) from None
                delay = 0.5 * 2**attempt
            else:
                if reply.status not in _FOR_NOW or is_last:
                    return reply
                delay = _retry_after(reply.headers.get("retry-after", ""), 0.5 * 2**attempt)
                if delay > min(self.limits.patience_seconds, self.deadline.left()):
                    return reply
            self.deadline.pause(delay)
        raise AssertionError("the last attempt returns or raises")

    def scheme(self) -> str:
        """Return ``https``, or ``http`` for a registry of this machine that does not speak TLS. Raises Invalid."""
        if not self.registry.is_loopback:
            return "https"
        url = f"https://{self.registry.api_host}/v2/"
        try:
            self._once(url, {}, _ERROR_BYTES, None)
        except (exceptions.HTTPError, OSError, ValueError) as error:
            cause = _cause(error)
            is_plain = isinstance(cause, ssl.SSLError | ConnectionResetError | exceptions.ProtocolError)
            if is_plain and not isinstance(cause, ssl.SSLCertVerificationError):
                return "http"
            raise self._failure(url, error) from None
        return "https"

    def _once(self, url: str, headers: Mapping[str, str], limit: int, form: Mapping[str, str] | None) -> Reply:
        wait = min(self.limits.wait_seconds, self.deadline.left())
        sent = {"User-Agent": f"scaffold/{__version__}", "Accept-Encoding": "identity", **headers}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        response = self._pool(url).request(
            "GET" if form is None else "POST",
            url,
            headers=sent,
            body=None if form is None else urlencode(form),
            timeout=urllib3.Timeout(connect=wait, read=wait),
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            answered = {name.lower(): response.headers[name] for name in response.headers}  # joined if repeated
            if answered.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
                raise self._problem(url, "sends compressed data, which was not asked for")
            body = self._body(url, response, limit if response.status == 200 else _ERROR_BYTES)
            return Reply(url, response.status, answered, body)
        finally:
            response.close()  # a connection that was read to the end is back in its pool already

    def _body(self, url: str, response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
        parts, count = [], 0
        while count <= limit and (more := response.read(min(_CHUNK, limit + 1 - count))):
            parts.append(more)
            count += len(more)
            self.deadline.left()
        if count > limit and response.status == 200:
            raise self._problem(url, f"sends more than {limit >> 10} KiB at once")
        return b"".join(parts)

    def _pool(self, url: str) -> urllib3.PoolManager:
        """Return the connections for a URL: direct ones, or those of its proxy."""
        parts = urlsplit(url)
        proxies = getproxies_environment()
        proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
        if is_loopback(url) or proxy_bypass(parts.netloc):  # as Go does
            proxy = ""
        if proxy not in self._pools:
            self._pools[proxy] = self._new_pool(proxy)
        return self._pools[proxy]

    def _new_pool(self, proxy: str) -> urllib3.PoolManager:
        size = self.limits.parallel
        if not proxy:
            return urllib3.PoolManager(maxsize=size, ssl_context=self._trust)
        whole = proxy if "://" in proxy else f"http://{proxy}"
        if not origin_of(whole)[0]:
            hint = "scaffold uses proxies that start with http:// or https://; or list the tags in a file (--from FILE)"
            raise invalid(OPTION, "HTTPS_PROXY or HTTP_PROXY of the environment is not an HTTP proxy", hint)
        parts = urlsplit(whole)
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        headers = urllib3.make_headers(proxy_basic_auth=user) if user else None
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        trust = self._trust
        return urllib3.ProxyManager(
            address, proxy_headers=headers, maxsize=size, ssl_context=trust, proxy_ssl_context=trust
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        bundle = "" if any(map(os.environ.get, _OF_OPENSSL)) else next(filter(None, map(os.environ.get, _BUNDLES)), "")
        folder = os.path.isdir(bundle)  # noqa: PTH112 - a value of the environment, read by OpenSSL too
        try:
            return ssl.create_default_context(
                cafile=None if folder else bundle or None, capath=bundle if folder else None
            )
        except (OSError, ValueError):
            variable = next(one for one in _BUNDLES if os.environ.get(one))
            raise invalid(
                OPTION, f"{variable} names no file with certificates", f"set {variable} to a PEM file"
            ) from None

    def _failure(self, url: str, error: Exception) -> Invalid:
        """Return the problem of a request that no answer comes to."""
        cause = _cause(error)
        host = urlsplit(url).netloc
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = "set SSL_CERT_FILE to a file with the certificate of your CA"
            return invalid(OPTION, f"the certificate of {host} is not valid: {cause.verify_message}", hint)
        if isinstance(error, exceptions.ProxyError):
            return invalid(OPTION, f"the proxy to {host} does not answer", "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY")
        if isinstance(error, exceptions.NameResolutionError):
            return invalid(OPTION, f"cannot find the host {host}", "check the name of the image, and the network")
        if isinstance(error, exceptions.NewConnectionError):  # which urllib3 derives from time-outs
            return invalid(OPTION, f"cannot connect to {host}", "check the name of the image, and the network")
        if isinstance(error, exceptions.TimeoutError):
            hint = "try again later, or list the tags in a file (--from FILE)"
            return invalid(OPTION, f"{host} did not answer in {self.limits.wait_seconds:g} s", hint)
        return self._problem(url, "does not answer in HTTP, or breaks off")

    def _problem(self, url: str, message: str) -> Invalid:
        hint = "try again later; if it stays, report it to whoever runs the registry"
        return invalid(OPTION, f"{urlsplit(url).netloc} {message}", hint)


def _cause(error: BaseException) -> BaseException:
    """Return the error of TLS or a socket that an error of urllib3 wraps."""
    for one in (*error.args, error.__cause__, error.__context__):
        if isinstance(one, ssl.SSLError | ConnectionError):
            return one
    return error


def _retry_after(text: str, default: float) -> float:
    """Return the seconds of a Retry-After header: a number or a date."""
    text = text.strip()[:40]
    if text.isascii() and text.isdigit():
        return max(float(text), 0.1)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.1)
    except (ValueError, TypeError, OverflowError, IndexError):
        return default
