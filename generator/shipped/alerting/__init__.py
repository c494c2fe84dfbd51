"""Alerting: receivers and routes of Alertmanager as Helm values; what is slow to load is loaded where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...behaviour import Behaviour, SpecFault


def alerting_values(values: Mapping[str, Any]) -> str:
    """Return the Helm values of an alerting unit as YAML."""
    from ...alerting import values_text as text  # noqa: PLC0415
    from ...alerting.helm_values import helm_values  # noqa: PLC0415

    made = helm_values(values)
    top = "".join(f"{line}\n" for line in text.suppressions(made, values))
    return top + text.values_text(made, values, below=values.get("umbrella", ""))


def secret_name(path: str) -> str:
    """Return the Secret that Prometheus Operator mounts at this path of Alertmanager's pod, or ``""``.

    Source: prometheus-operator, ``alertmanagerSpec.secrets`` are mounted at /etc/alertmanager/secrets/NAME/KEY.
    """
    from ...alerting.spec_receivers import SECRET_FILE  # noqa: PLC0415

    match = SECRET_FILE.fullmatch(path)
    return match.group(1) if match else ""


def _faults(values: Mapping[str, Any]) -> list[SpecFault]:
    from ...alerting import spec_check as check  # noqa: PLC0415

    return [SpecFault(*one) for one in check.faults(values)]


BEHAVIOUR = Behaviour(filters={"alerting_values": alerting_values, "secret_name": secret_name}, faults=_faults)
