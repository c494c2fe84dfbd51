"""Objects that make the Secrets of a service: those of External Secrets and of Sealed Secrets.

Formats: external-secrets.io/v1 of external-secrets/external-secrets 1.0, bitnami.com/v1alpha1 of
bitnami-labs/sealed-secrets 0.32 (which has no newer version).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...yaml.commented import CommentedObject
from .object_fragments import service_object

_USUAL_INTERVAL = "1h"


def secret_objects(values: Mapping[str, Any]) -> list[CommentedObject]:
    """Return the objects that make Secrets, in the order of their names; none for Secrets that exist."""
    found = []
    for name, one in sorted(values["secrets"].items()):
        if external := one.get("external"):
            store = {"kind": "SecretStore", **external["secretStoreRef"]}
            spec = {
                "refreshInterval": external.get("refreshInterval", _USUAL_INTERVAL),
                "secretStoreRef": {"name": store["name"], "kind": store["kind"]},
                **{key: external[key] for key in ("data", "dataFrom") if key in external},
            }
            made = service_object("external-secrets.io/v1", "ExternalSecret", name, values, {"spec": spec})
            found.append(CommentedObject("", made))
        elif sealed := one.get("sealed"):
            about = "Only the controller in the cluster can decrypt this. Add a key with kubeseal --raw."
            spec = {"encryptedData": dict(sorted(sealed.items()))}
            made = service_object("bitnami.com/v1alpha1", "SealedSecret", name, values, {"spec": spec})
            found.append(CommentedObject(about, made))
    return found
