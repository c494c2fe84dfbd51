"""The tags of an image, page by page.

A page names the next one in its Link header, which must be on the registry itself.

Sources: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags; RFC 8288 (Link).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import parse_http_list

from ..errors import Invalid, invalid
from ..images.references import is_tag
from .address import refused_url
from .bounds import OPTION
from .client import RegistryClient
from .transport import Reply

_PAGE = 1000  # Docker Hub, ECR and distribution refuse more
_MAX_HEADER = 16 << 10
_REPORT = "report this to whoever runs the registry, or list the tags in a file (--from FILE)"


def list_tags(client: RegistryClient) -> list[str]:
    """Return the tags of an image, each once, sorted: registries differ in their order. Raises Invalid."""
    limits = client.limits
    first = f"{client.base}tags/list"
    url = f"{first}?n={_PAGE}"
    reply = client.get(url, limits.page_bytes, absent=(400,)) or client.get(first, limits.page_bytes)
    tags: dict[str, None] = {}
    seen = {url, first}
    for _ in range(limits.pages):
        if reply is None:
            break
        tags |= dict.fromkeys(_tags(reply, client))
        if len(tags) > limits.tags:
            raise invalid(
                OPTION,
                f"{client.registry.name} has more than {limits.tags} tags",
                "list those that matter in a file (--from FILE)",
            )
        url = _next(reply, client)
        if not url:
            return sorted(tags)
        if url in seen:
            raise _broken(client, "repeats its pages of tags")
        seen.add(url)
        reply = client.get(url, limits.page_bytes)
    raise _broken(client, f"has more than {limits.pages} pages of tags")


def _tags(reply: Reply, client: RegistryClient) -> list[str]:
    """Return the tags of one page; ``null`` means none."""
    try:
        answer: Any = json.loads(reply.body)
    except (ValueError, RecursionError):
        raise _broken(client, "does not answer in JSON") from None
    found = answer.get("tags", ()) if isinstance(answer, dict) else ()
    if found is None:
        return []
    if not isinstance(found, list):
        raise _broken(client, "does not send a list of tags")
    for tag in found:
        if not isinstance(tag, str) or not is_tag(tag):
            raise _broken(client, f"sends {json.dumps(tag)[:100]}, which is not a tag")
    return found


def _next(reply: Reply, client: RegistryClient) -> str:
    """Return the URL of the next page, ``""`` without one. Raises Invalid for one that is not on the registry."""
    link = next_link(reply.headers.get("link", ""))
    if not link:
        return ""
    try:
        parts = urlsplit(urljoin(client.base + "tags/list", link))
        base = urlsplit(client.base)
    except ValueError:
        raise _broken(client, "names a next page that is not an address") from None
    # A registry behind a proxy that ends TLS names itself with http: the scheme stays that of the registry.
    if parts.scheme not in {"http", "https"} or parts.netloc.lower() != base.netloc:
        raise refused_url(client.registry, "the next page", link, "which is on another host")
    return parts._replace(scheme=base.scheme, netloc=base.netloc, fragment="").geturl()


def next_link(header: str) -> str:
    """Return the target of the link with the relation ``next``, ``""`` if there is none."""
    for item in parse_http_list(header[:_MAX_HEADER].replace("<", '"<').replace(">", '>"')):
        target, *parameters = item.strip().removeprefix('"<').split('>"', 1)
        relations = [one.partition("=") for one in "".join(parameters).split(";")]
        if any(
            key.strip().lower() == "rel" and "next" in value.strip().strip('"').lower().split()
            for key, _, value in relations
        ):
            return target.strip()
    return ""


def _broken(client: RegistryClient, what: str) -> Invalid:
    return invalid(OPTION, f"{client.registry.host} {what}", _REPORT)
