"""Addresses as Go's url.Parse reads them. Source: https://go.dev/src/net/url/url.go."""

from __future__ import annotations

import ipaddress
import re

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_BAD_USER = re.compile(r"[^A-Za-z0-9._:~!$&'()*+,;=%@-]")
_IN_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!$&'()*+,;=:]<>\"")
_ASCII_ESCAPE = re.compile(r"%(?!25)[0-7].")
_PORT = re.compile(r":[0-9]*\Z")


def url_fault(text: str) -> str:
    """Return why Go cannot parse a URL, or ``""``."""
    rest, _, fragment = text.partition("#")
    if _CONTROL.search(rest):
        return "it has a control character"
    scheme = _SCHEME.match(rest)
    rest = (rest[scheme.end() :] if scheme else rest).partition("?")[0]
    if rest.startswith(":") and not scheme:
        return "the scheme is missing before the colon"
    if not rest.startswith("/"):
        if not scheme and ":" in rest.partition("/")[0]:
            return "its first part has a colon, but is not a scheme"
        path = "" if scheme else rest
        return _escape_fault(path) or _escape_fault(fragment)
    authority, slash, path = rest[2:].partition("/") if rest.startswith("//") else ("", "", rest)
    return _authority_fault(authority) or _escape_fault(slash + path) or _escape_fault(fragment)


def _authority_fault(text: str) -> str:
    user, at, host = text.rpartition("@")
    if at and _BAD_USER.search(user):
        return "its user or password has a character that must be escaped"
    return (_escape_fault(user) if at else "") or _host_fault(host)


def _host_fault(host: str) -> str:
    if host.startswith("["):
        inside, closing, port = host[1:].rpartition("]")
        if not closing:
            return "the ] after the host is missing"
        try:
            ipaddress.IPv6Address(inside.replace("%25", "%", 1))
        except ValueError:
            return f"[{inside}] is not an IPv6 address"
    else:
        inside, colon, number = host.rpartition(":")
        port = colon + number if colon else ""
        inside = inside if colon else host
    if port and not _PORT.match(port):
        return f"{port!r} is not a port"
    if reason := _escape_fault(host):
        return reason
    if escape := _ASCII_ESCAPE.search(host):
        return f"the host has the escape {escape[0]!r}"
    odd = next((one for one in re.sub("%..", "", inside) if one.isascii() and one not in _IN_HOST), "")
    return f"the host has the character {odd!r}" if odd else ""


def _escape_fault(text: str) -> str:
    found = _BAD_ESCAPE.search(text)
    return f"{found[0]!r} is not an escape" if found else ""
