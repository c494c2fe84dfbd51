"""Objects that make the Secrets of a service: those of External Secrets and of Sealed Secrets.

Formats: external-secrets.io/v1 of external-secrets/external-secrets 1.0, bitnami.com/v1alpha1 of
bitnami-labs/sealed-secrets 0.32 (which has no newer version).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...fragments import combined
from ...unit_namespace import MANAGED_BY, NAME_LABEL, namespace
from ...yaml.commented import CommentedObject
from .derived import extra_labels
from .object_fragments import object_fragment

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
            found.append(CommentedObject("", _object("external-secrets.io/v1", "ExternalSecret", name, values, spec)))
        elif sealed := one.get("sealed"):
            about = "Only the controller in the cluster can decrypt this. Add a key with kubeseal --raw."
            spec = {"encryptedData": dict(sorted(sealed.items()))}
            found.append(CommentedObject(about, _object("bitnami.com/v1alpha1", "SealedSecret", name, values, spec)))
    return found


def _object(api: str, sort: str, name: str, values: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    if not values["namespace"].get("omit"):
        metadata["namespace"] = namespace(values)
    labels = {NAME_LABEL: values["name"], MANAGED_BY: "scaffold"}
    metadata["labels"] = labels | {key: str(one) for key, one in extra_labels(values)}
    made = {"apiVersion": api, "kind": sort, "metadata": metadata, "spec": dict(spec)}
    added: dict[str, Any] = combined(made, object_fragment(values, sort))
    return added
