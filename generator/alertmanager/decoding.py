"""How Alertmanager and the Prometheus Operator decode a configuration with merge keys: go-yaml v2 into Go structs.

https://github.com/prometheus/alertmanager/tree/main/config and
https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/alertmanager/types.go.
"""

from __future__ import annotations

from dataclasses import replace

from ..yaml import Reader, StructFields

_OPERATOR = StructFields(
    maps=frozenset(
        {
            *("match", "match_re", "source_match", "source_match_re", "target_match", "target_match_re", "labels"),
            *("headers", "details", "custom_fields", "attributes", "fields", "proxy_connect_header"),
        }
    ),
    uncertain=frozenset({"http_headers"}),
)
_ALERTMANAGER = replace(
    _OPERATOR,
    reset=frozenset({"global", "http_config", "tracing"}),  # UnmarshalYAML begins with the defaults
    extended=frozenset({"matchers", "source_matchers", "target_matchers"}),  # UnmarshalYAML appends
    repeated=(("route", "group_by"),),
)
OPERATOR = Reader("the operator", in_order=True, several=True, fields=_OPERATOR)
ALERTMANAGER = Reader("Alertmanager", in_order=True, several=True, fields=_ALERTMANAGER)
