"""The Canary of a service, with its MetricTemplates and AlertProviders, and the checks of its settings.

Format: flagger.app/v1beta1 of fluxcd/flagger 1.44, artifacts/flagger/crd.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...quoting import shell
from ...unit_namespace import namespace
from ...yaml.commented import CommentedObject
from .canary_providers import OWN, PROVIDERS, WEIGHTS, Metrics, Query, is_measured_at_ingress, metrics_of
from .derived import CANARY_SUFFIX, extra_labels

PORT = 80
_API = "flagger.app/v1beta1"
_ADDRESS = "The key address of the Secret {} has the webhook's URL."
_BOT = " For a bot, it is https://slack.com/api/chat.postMessage, and the key token has its token."
_LONGEST = 63 - len(CANARY_SUFFIX)


def canary_objects(values: Mapping[str, Any]) -> list[CommentedObject]:
    """Return the objects of a service's ``canary``: the Canary first; none without it."""
    canary = values.get("canary")
    if not canary:
        return []
    own = metrics_of(canary)
    templates = [
        CommentedObject(
            query.about,
            _object("MetricTemplate", f"{values['name']}-{query.name}", values, _template(canary, own, query)),
        )
        for query, _ in _own_queries(canary)
        if own
    ]
    providers = [
        CommentedObject(
            _ADDRESS.format(one["secret"]) + (_BOT if one["type"] == "slack" else ""),
            _object("AlertProvider", f"{values['name']}-{one['name']}", values, _alert_provider(one)),
        )
        for one in canary.get("alerts", ())
    ]
    return [
        CommentedObject("", _object("Canary", values["name"], values, _canary(values, canary))),
        *templates,
        *providers,
    ]


def canary_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of a service's ``canary``, with their places in the spec."""
    canary = values.get("canary")
    if not canary:
        return []
    return [*_name_faults(values, canary), *_setting_faults(canary), *_weight_faults(canary), *_load_faults(canary)]


def _name_faults(values: Mapping[str, Any], canary: Mapping[str, Any]) -> Iterator[SpecFault]:
    if len(values["name"]) > _LONGEST:
        message = f"name is longer than {_LONGEST} characters, but Flagger creates {values['name']}{CANARY_SUFFIX}"
        yield SpecFault(["name"], message, "use a shorter name, or remove canary")
    if canary.get("autoscaler") and values.get("autoscaling"):
        message = "the unit makes an autoscaler, and canary.autoscaler names another"
        yield SpecFault(["canary", "autoscaler"], message, "remove it, or remove autoscaling", at_key=True)
    elif canary.get("autoscaler") and "replicas" in values:
        message = "replicas is set, but the autoscaler of canary.autoscaler sets the number of pods"
        yield SpecFault(["replicas"], message, "set replicas: null")
    names = [one["name"] for one in canary.get("alerts", ())]
    for number, name in enumerate(names):
        where = ["canary", "alerts", number, "name"]
        if name in names[:number]:
            yield SpecFault(where, f"two alerts are named {name}", "rename one")
        elif len(f"{values['name']}-{name}") > 253:
            yield SpecFault(where, "the name of the AlertProvider is too long", "use a shorter name")


def _setting_faults(canary: Mapping[str, Any]) -> Iterator[SpecFault]:
    name = canary["provider"]
    provider = PROVIDERS[name]
    for key in provider.needs:
        if not canary.get(key):
            message = f"canary.{key} is missing, which the provider {name} needs"
            hint = f"set canary.{key} in the spec; create a new service without --canary, and add canary there"
            yield SpecFault(["canary", key], message, hint)
    for key in OWN:
        if key in canary and key not in provider.needs + provider.takes:
            users = ", ".join(one for one, each in PROVIDERS.items() if key in each.needs + each.takes)
            message = f"canary.{key} has no effect with the provider {name}"
            yield SpecFault(["canary", key], message, f"remove it; {users} reads it", at_key=True)


def _weight_faults(canary: Mapping[str, Any]) -> Iterator[SpecFault]:
    name = canary["provider"]
    weights = PROVIDERS[name].weights
    for key in ("iterations",) if weights else WEIGHTS:
        if key in canary:
            message = f"canary.{key} has no effect with the provider {name}"
            wanted = "max_weight and step_weight" if weights else "iterations, because it shifts no traffic"
            yield SpecFault(["canary", key], message, f"use {wanted}", at_key=True)
    step, most = (_weight(canary, key) for key in ("step_weight", "max_weight"))
    if weights and step > most:
        message = f"canary.step_weight {step} is above canary.max_weight {most}"
        where = "step_weight" if "step_weight" in canary else "max_weight"
        yield SpecFault(["canary", where], message, "lower the step, or raise the maximum")


def _load_faults(canary: Mapping[str, Any]) -> Iterator[SpecFault]:
    for key in ("load_url", "load_host", "load_tester"):
        if key in canary and not canary.get("load_test"):
            yield SpecFault(["canary", key], f"canary.{key} has no effect without load_test", "set load_test: true")
    if canary.get("load_test") and "load_url" not in canary and is_measured_at_ingress(canary):
        message = "canary.load_url is missing: the metrics count only requests through the ingress or gateway"
        hint = "set the URL of the ingress or gateway, such as http://traefik.traefik/, and load_host for its rule"
        yield SpecFault(["canary", "load_test"], message, hint)


def _weight(canary: Mapping[str, Any], key: str) -> int:
    return int(canary.get(key, {"step_weight": 10, "max_weight": 50}[key]))


def _object(sort: str, name: str, values: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": namespace(values),
        "labels": {
            "app.kubernetes.io/name": values["name"],
            "app.kubernetes.io/managed-by": "scaffold",
            **{key: str(value) for key, value in extra_labels(values)},
        },
    }
    if sort == "Canary" and values["canary"]["provider"] == "kuma":
        metadata["annotations"] = {"kuma.io/mesh": values["canary"].get("mesh", "default")}
    return {"apiVersion": _API, "kind": sort, "metadata": metadata, "spec": spec}


def _canary(values: Mapping[str, Any], canary: Mapping[str, Any]) -> dict[str, Any]:
    name = str(values["name"])
    spec: dict[str, Any] = {"provider": PROVIDERS[canary["provider"]].flagger}
    if "prometheus" in canary and metrics_of(canary) is None:
        spec["metricsServer"] = canary["prometheus"]
    spec["targetRef"] = _reference("apps/v1", "Deployment", name)
    if scaler := canary.get("autoscaler", name if values.get("autoscaling") else None):
        spec["autoscalerRef"] = _reference("autoscaling/v2", "HorizontalPodAutoscaler", scaler)
    match canary["provider"]:
        case "nginx" | "skipper":
            spec["ingressRef"] = _reference("networking.k8s.io/v1", "Ingress", canary.get("ingress", name))
        case "apisix":
            spec["routeRef"] = _reference("apisix.apache.org/v2", "ApisixRoute", canary.get("route", name))
        case "gloo" if "upstream" in canary:
            spec["upstreamRef"] = _reference("gloo.solo.io/v1", "Upstream", canary["upstream"]["name"])
            spec["upstreamRef"] |= {key: one for key, one in canary["upstream"].items() if key == "namespace"}
    return spec | {"service": _service(values, canary), "analysis": _analysis(values, canary)}


def _reference(api: str, sort: str, name: str) -> dict[str, Any]:
    return {"apiVersion": api, "kind": sort, "name": name}


def _service(values: Mapping[str, Any], canary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Service that Flagger creates, with the port that the generated Service has without a Canary."""
    service: dict[str, Any] = {"port": PORT, "portName": "http", "targetPort": "http"}
    for key in ("gateways", "hosts"):
        if key in canary:
            service[key] = list(canary[key])
    if canary["provider"] == "linkerd":
        parent = {"name": values["name"], "namespace": namespace(values), "group": "core", "kind": "Service"}
        service["gatewayRefs"] = [{**parent, "port": PORT}]
    elif "gateway_refs" in canary:
        service["gatewayRefs"] = [
            {("sectionName" if key == "section" else key): value for key, value in one.items()}
            for one in canary["gateway_refs"]
        ]
    added: dict[str, Any] = {}
    if labels := {key: str(value) for key, value in sorted(values["labels"].items())}:
        added["labels"] = labels
    if canary["provider"] == "kuma":
        added["annotations"] = {f"{PORT}.service.kuma.io/protocol": "http"}
    return service | {one: added for one in ("apex", "primary", "canary") if added}


def _analysis(values: Mapping[str, Any], canary: Mapping[str, Any]) -> dict[str, Any]:
    analysis: dict[str, Any] = {"interval": canary.get("interval", "1m"), "threshold": canary.get("threshold", 5)}
    if PROVIDERS[canary["provider"]].weights:
        analysis |= {"maxWeight": _weight(canary, "max_weight"), "stepWeight": _weight(canary, "step_weight")}
    else:
        analysis["iterations"] = canary.get("iterations", 10)
    if metrics := list(_metrics(values, canary)):
        analysis["metrics"] = metrics
    if alerts := canary.get("alerts"):
        analysis["alerts"] = [
            {
                "name": one["name"],
                "severity": one.get("severity", "info"),
                "providerRef": {"name": f"{values['name']}-{one['name']}", "namespace": namespace(values)},
            }
            for one in alerts
        ]
    if canary.get("load_test"):
        analysis["webhooks"] = [_load_test(values, canary)]
    return analysis


def _bounds(canary: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bounds of the metrics that are checked, by Flagger's name of the built-in metric."""
    found = {
        "request-success-rate": ("min", canary.get("success_rate", 99)),
        "request-duration": ("max", canary.get("latency", PROVIDERS[canary["provider"]].latency)),
    }
    return {name: {side: bound} for name, (side, bound) in found.items() if bound}


def _own_queries(canary: Mapping[str, Any]) -> Iterator[tuple[Query, dict[str, Any]]]:
    """Yield the queries of the MetricTemplates, with their bounds."""
    own, bounds = metrics_of(canary), _bounds(canary)
    if own is not None:
        for name, query in (("request-success-rate", own.success_rate), ("request-duration", own.latency)):
            if name in bounds:
                yield query, bounds[name]


def _metrics(values: Mapping[str, Any], canary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if metrics_of(canary) is None:
        for name, bound in _bounds(canary).items():
            yield {"name": name, "interval": "1m", "thresholdRange": bound}
    for query, bound in _own_queries(canary):
        reference = {"name": f"{values['name']}-{query.name}", "namespace": namespace(values)}
        yield {"name": query.name, "templateRef": reference, "interval": "1m", "thresholdRange": bound}


def _template(canary: Mapping[str, Any], own: Metrics, query: Query) -> dict[str, Any]:
    address = canary.get("prometheus", own.prometheus)
    return {"provider": {"type": "prometheus", "address": address}, "query": query.text}


def _alert_provider(one: Mapping[str, Any]) -> dict[str, Any]:
    channel = {"channel": one["channel"]} if "channel" in one else {}
    return {"type": one["type"], **channel, "username": "flagger", "secretRef": {"name": one["secret"]}}


def _load_test(values: Mapping[str, Any], canary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the webhook by which flagger-loadtester sends requests during the analysis."""
    url = canary.get("load_url", f"http://{values['name']}-canary.{namespace(values)}{values.get('health_path', '/')}")
    host = f"-host {shell(canary['load_host'])} " if "load_host" in canary else ""
    return {
        "name": "load-test",
        "type": "rollout",
        "url": canary.get("load_tester", "http://flagger-loadtester.test/"),
        "timeout": "5s",
        "metadata": {"type": "cmd", "cmd": f"hey -z 1m -q 10 -c 2 {host}{shell(url)}"},
    }
