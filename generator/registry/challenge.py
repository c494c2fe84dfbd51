"""What a registry asks for with status 401, and the answer to it: a token of its token server, or name and password.

Sources: RFC 9110, section 11 (challenges); https://distribution.github.io/distribution/spec/auth/token/ and oauth/.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode
from urllib.request import parse_http_list

from ..errors import Invalid, invalid
from .address import Address, refused_url, request_fault
from .bounds import OPTION
from .credentials import Login
from .transport import Reply, Transport

_TOKEN_BYTES = 256 << 10
_MAX_HEADER = 16 << 10


@dataclass(frozen=True)
class Challenge:
    """One way to be let in: the scheme in lower case, and its parameters."""

    scheme: str
    realm: str = ""
    service: str = ""


def parse_challenges(header: str) -> list[Challenge]:
    """Return the challenges of a WWW-Authenticate header. Never fails: what is none is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    for item in parse_http_list(header[:_MAX_HEADER]):
        name, _, value = item.partition("=")
        scheme, blank, parameter = name.strip().partition(" ")
        if blank or "=" not in item:
            found.append((scheme.lower(), {}))
        key = (parameter if blank else scheme).strip().lower()
        if found and value:
            found[-1][1].setdefault(key, _unquoted(value.strip()))
    return [Challenge(scheme, of.get("realm", ""), of.get("service", "")) for scheme, of in found]


def authorization_for(reply: Reply, registry: Address, login: Login | None, transport: Transport) -> str:
    """Return the Authorization header that answers a reply with status 401. Raises Invalid where there is none."""
    challenges = {one.scheme: one for one in reversed(parse_challenges(reply.headers.get("www-authenticate", "")))}
    if "bearer" in challenges:
        if login and login.registry_token:
            return f"Bearer {login.registry_token}"
        return f"Bearer {_token(challenges['bearer'], registry, login, transport)}"
    if "basic" in challenges and login and login.basic:
        return login.basic
    raise refusal(registry, login, "")


def _token(challenge: Challenge, registry: Address, login: Login | None, transport: Transport) -> str:
    """Ask the token server for a token to pull; without credentials it gives one for public images."""
    if why := request_fault(challenge.realm, registry):
        raise refused_url(registry, "the token server", challenge.realm, why)
    asked = {"service": challenge.service, "scope": f"repository:{registry.name}:pull"}
    if login and login.identity_token:
        form = {**asked, "grant_type": "refresh_token", "refresh_token": login.identity_token, "client_id": "scaffold"}
        reply = transport.request(challenge.realm, {}, _TOKEN_BYTES, form)
    else:
        url = f"{challenge.realm}{'&' if '?' in challenge.realm else '?'}{urlencode(asked)}"
        reply = transport.request(url, {"Authorization": login.basic} if login and login.basic else {}, _TOKEN_BYTES)
    if reply.status in {400, 401, 403}:
        raise refusal(registry, login, error_text(reply))
    if reply.status != 200:
        raise _no_token(registry, f"answers with status {reply.status}")
    try:
        answer = json.loads(reply.body)
        token = answer.get("token") or answer.get("access_token")
    except (ValueError, RecursionError, AttributeError):
        raise _no_token(registry, "does not answer in JSON") from None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token or not token:
        raise _no_token(registry, "sends no token")
    return token


def error_text(reply: Reply) -> str:
    """Return what an error says, as ``: MESSAGE``, ``""`` if it says nothing."""
    try:
        answer = json.loads(reply.body)
        first = answer["errors"][0] if answer.get("errors") else answer
        text = first.get("message") or first.get("details") or first.get("code") or ""
    except (ValueError, RecursionError, AttributeError, LookupError, TypeError):
        return ""
    return f": {text[:200]}" if isinstance(text, str) and text else ""


def refusal(registry: Address, login: Login | None, said: str) -> Invalid:
    """Return the problem of an image that the registry does not let the user read."""
    if login is None:
        message = f"{registry.host} refuses to show {registry.name} without a login{said}"
        return invalid(OPTION, message, f"run {registry.login}, or check the name of the image")
    message = f"{registry.host} refuses to show {registry.name} to the account of docker login{said}"
    return invalid(
        OPTION, message, f"run {registry.login} with an account that may pull it, or check the name of the image"
    )


def _no_token(registry: Address, what: str) -> Invalid:
    message = f"the token server of {registry.host} {what}"
    return invalid(OPTION, message, "try again later; if it stays, report it to whoever runs the registry")


def _unquoted(text: str) -> str:
    """Return a quoted string, or a token."""
    if not text.startswith('"'):
        return text
    inner = text[1:].removesuffix('"')
    return inner.replace('\\"', '"').replace("\\\\", "\\")
