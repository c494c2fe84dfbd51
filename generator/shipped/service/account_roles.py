"""The roles of the ServiceAccount of a service: in its namespace, and in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...behaviour import SpecFault
from ...unit_namespace import namespace

Values = Mapping[str, Any]


@dataclass(frozen=True)
class BoundRole:
    """A role of the ServiceAccount: its type and name, the name of its binding, whether that is not the first object.

    ``is_everywhere`` tells whether the role is bound in all namespaces.
    """

    sort: str
    name: str
    binding: str
    is_below: bool
    is_everywhere: bool = False


def bound_roles(values: Values) -> list[BoundRole]:
    """Return the roles of the ServiceAccount: the unit's own Role and ClusterRole, and other ClusterRoles."""
    own, name = values["service_account"], str(values["name"])
    found = [BoundRole("Role", name, name, is_below=True)] if own.get("rules") else []
    if own.get("cluster_rules"):
        everywhere = cluster_role_name(values)
        found.append(BoundRole("ClusterRole", everywhere, everywhere, is_below=True, is_everywhere=True))
    for one in own.get("cluster_roles") or ():
        found.append(BoundRole("ClusterRole", one, f"{name}-{one}"[:253], is_below=bool(found)))
    return found


def cluster_role_name(values: Values, place: str | None = None) -> str:
    """Return the name of the ClusterRole of a service in a namespace, by default its own.

    All namespaces share such names, so it has the namespace, unless the manifests name none; with a colon, which no
    name of a namespace or a service has, so that api in shop and shop-api in shop-api have different ones.
    """
    own, name = place or namespace(values), str(values["name"])
    return name if own == name or values["namespace"]["omit"] else f"{own}:{name}"


def role_faults(values: Values) -> Iterator[SpecFault]:
    """Yield the faults of the account and its rules.

    A Role has none for paths of the API server, which belong to no namespace; what binds a ClusterRole everywhere says
    in which namespace the ServiceAccount is; and only an account that the unit makes gets annotations.
    """
    own = values["service_account"]
    if own.get("cluster_rules") and values["namespace"].get("omit"):
        message = "a ClusterRoleBinding names the namespace of its ServiceAccount, which namespace.omit leaves out"
        yield SpecFault(["namespace", "omit"], message, "remove omit or service_account.cluster_rules")
    if own.get("annotations") and not own.get("create", True):
        message = "the unit does not make the ServiceAccount (create: false), so that it gets no annotations"
        yield SpecFault(["service_account", "annotations"], message, "write them where it is made", at_key=True)
    for number, one in enumerate(own.get("rules") or ()):
        if one.get("nonResourceURLs"):
            message = "a path of the API server is in no namespace, and the rules are those of a Role"
            where = ["service_account", "rules", number, "nonResourceURLs"]
            yield SpecFault(where, message, "move the rule to service_account.cluster_rules", at_key=True)
