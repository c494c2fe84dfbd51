"""Texts for the patterns of the schema: those of one set that match, the plain ones and those at the edges."""

from __future__ import annotations

import re
from functools import cache

_LONG = "a-name-of-sixty-three-characters-which-is-as-long-as-labels-are"
# What people write in specs, of all sorts: a pattern takes what matches.
_POOL = (
    *("web", "api", "shop-db", "cache", "x", "a1", "2048", "0a", "team-a", "on", "null", "1e3", "prod", "staging"),
    *("vault.example", "db.v2", "tls.certs", "shop/db", "gateways/public", "flux-system/git", "release/v1", "a_b.c"),
    *("v1.2.3", "1.57.0", "main-1a2b3c4-1717000000", "master", "2024.05.01", "shop.example.com", "*.example.com"),
    *("LOG_LEVEL", "HTTP_PROXY", "my.var-x", ".hidden", "-x", "app.yaml", "tls.crt", "a_b", "Mixed.Case", "level"),
    *("example.com/team", "example.org/on", "tier", "prometheus.io/scrape", "sidecar.istio.io/inject", "note"),
    *("app.kubernetes.io/component", "app.kubernetes.io/version", "cert-manager.io/cluster-issuer"),
    *("nginx", "view", "system:discovery", "kubernetes.io/h2c", "http", "grpc", "#alerts", "@sre", "general"),
    *("/", "/healthz", "/ready?full=1", "/v1/items", "/etc/app", "/srv/data", "/var/lib/app", "/with space"),
    *("5m", "1h", "30s", "1h30m", "1.5h", "90s", "50m", "0.25", "1", "2", "500m", "64Mi", "1.5Gi", "1e9", "128M", "1G"),
    *("ghcr.io/example", "registry.example.com:5000/team", "ghcr.io/example/web", "docker.io/library/nginx", "busybox"),
    *("http://prometheus.monitoring:9090", "https://load.example.com/run", "apps/web", "../shared", ".", "release/**"),
    *(_LONG, "", "yes", "0123", "true", "{{ x }}", "${Y}", "$(Z)", "a: b\n# c\n", "\u00fcber", "x" * 300, " padded "),
    *("%", "'quoted'", '"', "- item", "#no comment", "\\n", "tab\there", "a" * 58 + "b"),
    *('code=~"5.."', 'code!="200", path!~"/a|\\\\."', 'x="\\""', "http_requests_total", "job:requests:rate5m"),
)  # fmt: skip


@cache
def texts(pattern: str = "", longest: int = 1 << 20, shortest: int = 0) -> tuple[str, ...]:
    """Return the texts that match a pattern of the schema, and fit. Raises LookupError if there are none."""
    found = tuple(one for one in _POOL if shortest <= len(one) <= longest and re.search(pattern, one))
    if not found:
        raise LookupError(f"no text in {__name__} matches {pattern}")
    return found
