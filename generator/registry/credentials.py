"""Credentials that ``docker login`` stored: in Docker's configuration, or with the helper that it names.

Read only when a registry asks for them. They come from ``credHelpers``, else ``credsStore``, else ``auths``.

Sources: https://docs.docker.com/reference/cli/docker/login/ (credential stores and helpers);
https://github.com/docker/cli, cli/config/configfile/file.go and cli/config/credentials/;
https://github.com/docker/docker-credential-helpers (the protocol of a helper).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import disk
from ..errors import Invalid, invalid
from ..tree import decode
from .address import Address
from .bounds import OPTION

_CONFIG_BYTES = 1 << 20
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NOT_FOUND = "credentials not found in native keychain"  # the protocol has no other sign of this
_TOKEN_USER = "<token>"  # noqa: S105 - the user name under which a helper stores an identity token


@dataclass(frozen=True)
class Login:
    """What a user gives to a registry: a name and a password, an identity token, or a token of the registry itself."""

    user: str = ""
    password: str = ""
    identity_token: str = ""
    registry_token: str = ""

    def __repr__(self) -> str:
        return "Login(…)"  # not in a traceback, nor in the output of a failed test

    @property
    def basic(self) -> str:
        """The value of an Authorization header with the name and the password, ``""`` without a name."""
        text = f"{self.user}:{self.password}".encode()
        return f"Basic {base64.b64encode(text).decode('ascii')}" if self.user else ""


def stored_login(registry: Address, helper_seconds: float) -> Login | None:
    """Return the credentials for a registry, None without any. Raises Invalid for a broken configuration or helper."""
    place = _config_path()
    if place is None or (config := _read(place)) is None:
        return None
    helpers = _mapping(config, "credHelpers", place)
    helper = helpers.get(registry.credential_key) or helpers.get(registry.host) or config.get("credsStore")
    if helper and (found := _from_helper(helper, registry, place, helper_seconds)):
        return found
    auths = _mapping(config, "auths", place)
    entry = auths.get(registry.credential_key)
    if entry is None:
        entry = next(
            (value for key, value in auths.items() if _host_of(key) == _host_of(registry.credential_key)), None
        )
    return _from_entry(entry, registry, place) if entry else None


def _config_path() -> Path | None:
    if folder := os.environ.get("DOCKER_CONFIG"):
        return Path(folder) / "config.json"
    try:
        return Path.home() / ".docker" / "config.json"
    except RuntimeError:  # no home
        return None


def _read(place: Path) -> dict[str, Any] | None:
    data = disk.read_file(place, _CONFIG_BYTES, follow=True)
    if data is None:
        return None
    try:
        found = json.loads(decode(data))
    except json.JSONDecodeError as error:
        hint = "correct it, or move it away and run docker login again"
        raise invalid(str(place), f"is not JSON: {error.msg}", hint, line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError):
        raise _broken(place, "is not JSON") from None
    if not isinstance(found, dict):
        raise _broken(place, "is not a JSON object")
    return found


def _mapping(config: dict[str, Any], key: str, place: Path) -> dict[str, Any]:
    found = config.get(key) or {}
    if not isinstance(found, dict):
        raise _broken(place, f"{key} is not a JSON object")
    return found


def _from_entry(entry: Any, registry: Address, place: Path) -> Login | None:
    """Return the credentials of an entry of ``auths``; ``docker login`` leaves it empty if a helper has them."""
    broken = _broken(place, f"the entry of auths for {registry.host} is not valid")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(one, ""), str) for one in _FIELDS):
        raise broken
    user, password = entry.get("username", ""), entry.get("password", "")
    if auth := entry.get("auth", ""):
        try:
            user, colon, password = base64.b64decode(auth, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise broken from None
        if not colon:
            raise broken
        password = password.strip("\0")
    return _usable(Login(user, password, entry.get("identitytoken", ""), entry.get("registrytoken", "")), broken)


_FIELDS = ("auth", "username", "password", "identitytoken", "registrytoken")


def _from_helper(helper: Any, registry: Address, place: Path, seconds: float) -> Login | None:
    """Return the credentials that a helper has, None if it has none."""
    if not isinstance(helper, str) or not _HELPER.fullmatch(helper):
        raise _broken(place, f"the name of the credential helper for {registry.host} is not valid")
    name = f"docker-credential-{helper}"
    program = shutil.which(name)
    # A program in the current folder may come from anyone: Go's exec.LookPath refuses it too.
    if program is None or not Path(program).is_absolute():
        raise invalid(
            OPTION, f"{name}, which {place} names, is not on PATH", f"install it, or run {registry.login} again"
        )
    hint = f"check that `echo {registry.credential_key} | {name} get` works, or run {registry.login} again"
    try:
        asked = registry.credential_key.encode()
        done = subprocess.run([program, "get"], input=asked, capture_output=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise invalid(OPTION, f"{name} did not finish in {seconds:g} s", hint) from None
    except OSError as error:
        raise invalid(OPTION, f"{name} cannot be run: {error.strerror}", hint) from None
    if done.returncode != 0:
        said = (done.stdout.strip() or done.stderr.strip()).decode("utf-8", "replace")[:200]
        if said == _NOT_FOUND:
            return None
        raise invalid(OPTION, f"{name} fails with exit code {done.returncode}: {said or 'no message'}", hint)
    broken = invalid(OPTION, f"{name} does not print credentials as JSON", hint)
    try:
        found = json.loads(done.stdout)
        user, secret = found["Username"], found["Secret"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise broken from None
    if not isinstance(user, str) or not isinstance(secret, str):
        raise broken
    return _usable(Login(identity_token=secret) if user == _TOKEN_USER else Login(user, secret), broken)


def _usable(login: Login, broken: Invalid) -> Login | None:
    """Return a login that a request can carry, None for an empty one."""
    if any(char < " " or "\ud800" <= char <= "\udfff" for char in login.user + login.password):
        raise broken
    if not all(one.isascii() and one.isprintable() for one in (login.identity_token, login.registry_token)):
        raise broken
    return login if login.user or login.identity_token or login.registry_token else None


def _host_of(key: str) -> str:
    """Return the host of a key of ``auths``, which may be a URL."""
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0].lower()


def _broken(place: Path, message: str) -> Invalid:
    return invalid(str(place), message, "correct it, or move it away and run docker login again")
