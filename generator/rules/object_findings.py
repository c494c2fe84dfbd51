"""Validation of custom resources by this repository's schemas, for SCH001 and for what reads resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..finding import Finding
from ..yaml import data_of
from .readers import compiled
from .readers.objects import Object
from .schema_findings import findings
from .template_tokens import token_words

# Keys of what SOPS adds, of which old versions and shortened files lack some.
_OF_SOPS = frozenset(
    {"age", "azure_kv", "encrypted_regex", "encrypted_suffix", "gcp_kms", "hc_vault", "key_groups", "kms"}
    | {"lastmodified", "mac", "pgp", "shamir_threshold", "unencrypted_regex", "unencrypted_suffix", "version"}
)


def custom_findings(one: Object, *, patch: bool = False) -> Iterator[Finding]:
    """Yield the faults of a custom resource by this repository's schema; nothing if it has none.

    An unknown key is a warning, because a newer version may have it; everything else follows the controllers' types.
    """
    used = compiled.custom(one.api, one.sort)
    if used is None:
        return
    data = used.without_nulls(object_data(one))
    for fault, finding in findings(used, one.node, data, patch=patch, words=token_words(one.file)):
        if one.sort == "Alert" and fault.keyword == "enum" and fault.where[:2] == ("spec", "eventSources"):
            continue  # controllers of others add theirs to the CRD; F2-005 knows which types never send events
        # The operator decodes the routes below the first one itself, and leaves out a resource for an unknown key.
        strict = one.sort == "AlertmanagerConfig" and fault.where[:3] == ("spec", "route", "routes")
        strict = strict or fault.where[:1] == ("metadata",)
        newer = fault.keyword == "additionalProperties" and not strict
        yield replace(finding, severity="warning") if newer else finding


def object_data(one: Object) -> Any:
    """Return the data of an object, without what SOPS adds to it and removes when it decrypts.

    https://getsops.io/docs/#encryption-protocol.
    """
    data = data_of(one.node, dialect="go")
    added = data.get("sops")
    if isinstance(added, dict) and not _OF_SOPS.isdisjoint(added):
        del data["sops"]
    return data
