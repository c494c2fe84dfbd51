"""When an image was built: from its manifest to its config, and labels of it that say otherwise.

A label that is a time replaces what the builder recorded, as in Flux v1 (pkg/registry/client.go, and CreatedTS of
pkg/image/image.go): ``org.opencontainers.image.created``, then ``org.label-schema.build-date``, then ``created``.

Sources: https://github.com/opencontainers/image-spec (image-index.md, manifest.md, config.md);
https://distribution.github.io/distribution/spec/manifest-v2-2/ and the deprecated schema 1 of Docker.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..errors import Invalid, invalid
from .bounds import OPTION
from .client import RegistryClient
from .tag_lists import parse_rfc3339

_DOCKER = "application/vnd.docker.distribution.manifest"
_ACCEPT = ", ".join((
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    f"{_DOCKER}.list.v2+json",
    f"{_DOCKER}.v2+json",
    f"{_DOCKER}.v1+prettyjws;q=0.5",
    f"{_DOCKER}.v1+json;q=0.5",
))  # fmt: skip
_LABELS = ("org.opencontainers.image.created", "org.label-schema.build-date")
_DIGEST = re.compile("sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})")
_MAX_DEPTH = 4  # an index may name an index

Document = Mapping[str, Any]


def build_time(client: RegistryClient, tag: str) -> datetime | None:
    """Return when the image of a tag was built, in UTC; of an index, its image for linux/amd64, else its first.

    None for a tag that is gone, for what is not an image (a chart, a signature), and for an image that does not say.
    Raises Invalid for answers that are broken.
    """
    manifest = _document(client, f"manifests/{tag}", "", tag)
    for _ in range(_MAX_DEPTH):
        if manifest is None or "manifests" not in manifest:
            break
        if "config" in manifest or "layers" in manifest:  # which one would count depends on the reader
            raise _broken(client, tag, "is an index and an image at once")
        digest = _platform(manifest["manifests"])
        manifest = _document(client, f"manifests/{digest}", digest, tag) if digest else None
    if manifest is None:
        return None
    if manifest.get("schemaVersion") == 1:
        return _created(_first_layer(manifest, client, tag))
    digest = _digest(manifest.get("config"))
    config = _document(client, f"blobs/{digest}", digest, tag) if digest else None
    return _created(config) if config else None


def _document(client: RegistryClient, path: str, digest: str, tag: str) -> Document | None:
    """Return a JSON object of the registry, None if it is gone. Raises Invalid, also if it does not have its digest."""
    accept = _ACCEPT if path.startswith("manifests/") else "*/*"
    reply = client.get(f"{client.base}{path}", client.limits.document_bytes, accept, absent=(404,))
    if reply is None:
        return None
    algorithm, _, expected = digest.partition(":")
    if digest and hashlib.new(algorithm, reply.body).hexdigest() != expected:
        raise _broken(client, tag, f"has a document that is not {digest}")
    return _object(reply.body, client, tag)


def _object(text: str | bytes, client: RegistryClient, tag: str) -> Document:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _broken(client, tag, "has a document that is not JSON") from None
    if not isinstance(found, dict):
        raise _broken(client, tag, "has a document that is not a JSON object")
    return found


def _platform(manifests: Any) -> str:
    """Return the digest of the image of an index that speaks for it; attestations have an unknown platform."""
    listed = [one for one in manifests if isinstance(one, dict)] if isinstance(manifests, list) else []
    images = [(_of(one.get("platform")), _digest(one)) for one in listed]
    usable = [(platform, digest) for platform, digest in images if digest and platform.get("os") != "unknown"]
    wanted = (digest for one, digest in usable if (one.get("os"), one.get("architecture")) == ("linux", "amd64"))
    return next(wanted, usable[0][1] if usable else "")


def _digest(descriptor: Any) -> str:
    """Return the digest of a descriptor, ``""`` if it has none that can be checked."""
    digest = _of(descriptor).get("digest")
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else ""


def _first_layer(manifest: Document, client: RegistryClient, tag: str) -> Document:
    """Return the config in the history of a manifest of schema 1, whose first entry is the last layer."""
    history = manifest.get("history")
    newest = _of(history[0]).get("v1Compatibility") if isinstance(history, list) and history else None
    return _object(newest, client, tag) if isinstance(newest, str) else {}


def _created(config: Document) -> datetime | None:
    labels = _of(_of(config.get("config")).get("Labels"))
    times = (parse_rfc3339(one) for one in (*map(labels.get, _LABELS), config.get("created")) if isinstance(one, str))
    return next(filter(None, times), None)


def _of(value: Any) -> Document:
    return value if isinstance(value, dict) else {}


def _broken(client: RegistryClient, tag: str, what: str) -> Invalid:
    message = f"{client.registry.host}: the image {client.registry.name}:{tag} {what}"
    return invalid(OPTION, message, "push the image again, or list the tags in a file (--from FILE)")
