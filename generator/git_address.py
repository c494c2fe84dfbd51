"""Addresses of git repositories that users name: which are allowed, and how they are recorded.

Allowed are https, ssh (also as ``USER@HOST:PATH``), http to this machine, and folders of this machine. Git's other
transports run programs that the address names (``ext::``), or are not authenticated (git, http).
Source: https://git-scm.com/docs/git-clone#_git_urls
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from . import disk
from .errors import invalid

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30})://", re.IGNORECASE)
_SCP = re.compile(r"(?:([A-Za-z0-9_][A-Za-z0-9_.-]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*):([^:].*)")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MAX = 2_000
_FORMS = "write https://HOST/PATH@COMMIT, ssh://USER@HOST/PATH@COMMIT, USER@HOST:PATH@COMMIT or FOLDER@COMMIT"


@dataclass(frozen=True)
class GitAddress:
    """An address: as git gets it, as it is shown and recorded, without a password, and its transport."""

    url: str
    shown: str
    transport: str


@dataclass(frozen=True)
class PinnedAddress:
    """An address, and what names the commit: a SHA or a tag."""

    address: GitAddress
    pin: str


def read_pinned(text: str, here: Path) -> PinnedAddress:
    """Return the parts of ``URL@COMMIT``; folders are relative to ``here``. Raises Invalid."""
    url, at, pin = text.rpartition("@")
    scheme = _SCHEME.match(url)
    is_user = scheme is not None and "/" not in url[scheme.end() :]  # of scheme://USER@HOST/PATH
    if not at or not url or not pin or ":" in pin or is_user:
        raise invalid("URL", "names no commit", _FORMS)
    return PinnedAddress(read_address(url, here), read_pin(pin))


def read_pin(pin: str) -> str:
    """Return the name of a commit. Raises Invalid if it can be none."""
    fault = len(pin) > _MAX or not pin.isprintable() or re.search(r"[\s~^:?*\[\\]|\.\.|@\{|^[-/]|/$", pin)
    if fault or not pin:
        raise invalid("COMMIT", f"{pin[:80]!r} cannot name a commit", "write a full SHA or a tag")
    return pin


def read_address(url: str, here: Path) -> GitAddress:
    """Return an address. Raises Invalid for a transport that is not allowed, and for a folder that does not exist."""
    if len(url) > _MAX or not url.isprintable() or url.startswith("-") or " " in url:
        raise invalid("URL", "is not the address of a repository", _FORMS)
    if scheme := _SCHEME.match(url):
        return _of_scheme(url, scheme[1].lower())
    if "::" in url.partition("/")[0]:
        raise invalid("URL", f"{url.partition('::')[0]}:: is a transport that is not allowed", _FORMS)
    found = _SCP.fullmatch(url)
    if found and "/" not in url.partition(":")[0]:
        return GitAddress(url, url, "ssh")
    folder = (here / url).resolve()
    if not disk.is_folder(folder, shown=url, follow=True):
        raise invalid("URL", f"{url} is not a folder", _FORMS)
    address = f"file://{quote(str(folder))}"
    return GitAddress(address, address, "file")


def _of_scheme(url: str, scheme: str) -> GitAddress:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise invalid("URL", "is not the address of a repository", _FORMS) from None
    if scheme == "file":
        if host not in {"", "localhost"} or not parts.path.startswith("/"):
            raise invalid("URL", "is not a folder of this machine", "write file:///FOLDER")
        folder = unquote(parts.path)
        if not disk.is_folder(folder, shown=folder, follow=True):
            raise invalid("URL", f"{folder} is not a folder", _FORMS)
        return GitAddress(url, f"file://{parts.path}", "file")
    is_allowed = scheme in {"https", "ssh"} or (scheme == "http" and host in _LOOPBACK)
    if not is_allowed:
        what = "http is not encrypted" if scheme == "http" else f"{scheme} is a transport that is not allowed"
        raise invalid("URL", what, _FORMS)
    if not re.fullmatch(r"[A-Za-z0-9_:][A-Za-z0-9_.:-]*", host) or parts.query or parts.fragment:
        raise invalid("URL", "is not the address of a repository", _FORMS)
    user = f"{parts.username}@" if scheme == "ssh" and parts.username else ""
    if user.startswith("-"):
        raise invalid("URL", "is not the address of a repository", _FORMS)
    name = f"[{host}]" if ":" in host else host
    shown = f"{scheme}://{user}{name}{'' if port is None else f':{port}'}{parts.path}"
    return GitAddress(url, shown, scheme)
