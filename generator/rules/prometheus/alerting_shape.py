"""The types of the alerting part of Prometheus' configuration, as its decoder has them.

Sources: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#alertmanager_config, and
``config.AlertmanagerConfig``, ``relabel.Config`` and ``HTTPClientConfig`` of prometheus/common. A null leaves
a default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...alertmanager.details import filled_later
from ...alertmanager.fault import in_quotes
from ...yaml import Node

_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n"})  # of YAML 1.1, which its decoder reads


@dataclass(frozen=True)
class AlertingField:
    """The type of a field: ``text``, ``switch`` or ``whole`` number, or a ``list`` or ``map``.

    ``fields`` are those of a map, ``each`` is the type of an item of a list, or of any key of a map. A map with neither
    is not checked inside. ``no_null``: a null is refused.
    """

    shape: str
    fields: Mapping[str, AlertingField] = field(default_factory=dict)
    each: AlertingField | None = None
    no_null: bool = False


def _texts(names: str) -> dict[str, AlertingField]:
    return {name: AlertingField("text") for name in names.split()}


_TEXT, _SWITCH = AlertingField("text"), AlertingField("switch")
_TEXT_LIST = AlertingField("list", each=_TEXT)
_RELABEL = AlertingField(
    "map",
    {
        **_texts("separator regex target_label replacement action"),
        "source_labels": _TEXT_LIST,
        "modulus": AlertingField("whole"),
    },
    no_null=True,
)
_RELABELLING = AlertingField("list", each=_RELABEL)
_HEADERS = AlertingField("map", each=AlertingField("map", dict.fromkeys(("values", "secrets", "files"), _TEXT_LIST)))
_TARGETS = AlertingField("map", {"targets": _TEXT_LIST, "labels": AlertingField("map", each=_TEXT)}, no_null=True)
_TLS = "ca cert key ca_file cert_file key_file ca_ref cert_ref key_ref server_name min_version max_version"
_ALERTMANAGER = AlertingField(
    "map",
    {
        "static_configs": AlertingField("list", each=_TARGETS),
        **_texts("scheme path_prefix timeout api_version"),
        "relabel_configs": _RELABELLING,
        "alert_relabel_configs": _RELABELLING,
        "sigv4": AlertingField("map"),
        "basic_auth": AlertingField(
            "map", _texts("username username_file username_ref password password_file password_ref")
        ),
        "authorization": AlertingField("map", _texts("type credentials credentials_file credentials_ref")),
        "oauth2": AlertingField("map"),
        **_texts("bearer_token bearer_token_file proxy_url no_proxy"),
        "tls_config": AlertingField("map", {**_texts(_TLS), "insecure_skip_verify": _SWITCH}),
        "proxy_from_environment": _SWITCH,
        "proxy_connect_header": AlertingField("map", each=_TEXT_LIST),
        "follow_redirects": _SWITCH,
        "enable_http2": _SWITCH,
        "http_headers": _HEADERS,
    },
    no_null=True,
)
ALERTING = AlertingField(
    "map", {"alertmanagers": AlertingField("list", each=_ALERTMANAGER), "alert_relabel_configs": _RELABELLING}
)
_WANTED = {
    "text": "must be text",
    "switch": "must be true or false",
    "whole": "must be a whole number",
    "list": "must be a list",
    "map": "must be a map",
}


def shape_faults(node: Node, name: str, wanted: AlertingField = ALERTING) -> Iterator[tuple[Node, str, str]]:
    """Yield each place of a wrong type and each unknown key: the node, what is wrong, and a hint.

    Keys of service discovery are not checked.
    """
    if node.shape == "scalar" and node.tag == "null":
        if wanted.no_null:
            yield node, f"{name} is null", "write a map, or remove it"
        return
    shape = {"text": "scalar", "switch": "scalar", "whole": "scalar"}.get(wanted.shape, wanted.shape)
    if node.shape != shape or not _is_of(node, wanted.shape):
        if not filled_later(node.text):
            yield node, f"{name} {_WANTED[wanted.shape]}", "fix the value"
        return
    for number, one in enumerate(node.items if wanted.each is not None else ()):
        yield from shape_faults(one, f"{name}[{number}]", wanted.each or wanted)
    for key, one in node.pairs:
        inner = wanted.fields.get(key.text, wanted.each)
        if inner is not None:
            yield from shape_faults(one, key.text, inner)
        elif wanted.fields and not key.text.endswith("_sd_configs"):
            yield key, f"unknown key {in_quotes(key.text)}", f"use one of {', '.join([*wanted.fields][:7])}"


def _is_of(node: Node, wanted: str) -> bool:
    """Return whether a scalar is of a type, or may be."""
    if wanted == "switch":
        return node.tag == "bool" or node.text.lower() in _SWITCHES
    return wanted != "whole" or node.text.isdecimal() or node.tag in {"int", "float"}
