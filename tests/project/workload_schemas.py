"""Write the schemas of the templates ``worker``, ``cronjob`` and ``statefulset``, which follow from ``service``.

``python -m tests.project.workload_schemas`` after a change of ``schemas/service.schema.json``, or of this file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
_FIELDS = "kubernetes-fields.schema.json#/$defs/"
_SERVICE_KEYS = (
    "service", "port", "port_name", "protocol", "port_reference", "service_name", "service_port", "service_port_name",
    "service_type", "health_path", "ingress", "http_route", "canary",
)  # fmt: skip
_NOT_OF_JOBS = ("unavailable", "rollout", "restarts", "errors", "latency", "not_scraped", "throttling", "cpu", "memory",
                "scaling")  # fmt: skip
# Nobody connects, so that no certificate is theirs; and pods are read from without the Service.
_SERVED = ("alerts.certificate", "metrics.monitor")
_OBJECT = {"type": "object", "additionalProperties": False}


@dataclass(frozen=True)
class Derived:
    """What a schema has other than that of a service: its noun, class, and keys.

    ``first`` is the first word of the names of its alerts.
    ``without`` are paths of keys that it lacks, ``own`` its keys, before ``container``, and ``changed`` parts by the
    path of the key. ``files`` are the usual paths of manifests, by those of a service; None for one that it lacks.
    """

    name: str
    noun: str
    sort: str
    about: str
    without: Sequence[str]
    own: Mapping[str, Any]
    changed: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, str | None]
    required: Sequence[str] = field(default=())
    first: str = ""

    def text(self) -> str:
        """Return the content of the file."""
        data = json.loads((SCHEMAS / "service.schema.json").read_text("utf-8"))
        data = self._worded(data)
        article = "an" if self.noun[0] in "aeiou" else "a"
        data |= {"title": f"Spec of {article} {self.noun}", "description": self.about}
        for path in self.without:
            *above, key = path.split(".")
            _keys(data, above).pop(key)
        keys = data["properties"]
        keys["template"] = {"description": f"The template of this unit: {self.name}.", "const": self.name}
        for path, part in self.changed.items():
            *above, key = path.split(".")
            here = _keys(data, above)
            here[key] = {**here.get(key, {}), **part}
        names = keys["paths"]["propertyNames"]["enum"]
        moved = {f"deploy/{one}.yaml": other and f"deploy/{other}.yaml" for one, other in self.files.items()}
        keys["paths"]["propertyNames"]["enum"] = [new for one in names if (new := moved.get(one, one))]
        at = list(keys).index("container")
        pairs = list(keys.items())
        data["properties"] = dict([*pairs[:at], *self.own.items(), *pairs[at:]])
        data["required"] = [*data["required"], *self.required]
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"

    def _worded(self, part: Any) -> Any:
        """Return a part of the schema whose descriptions speak of this workload."""
        if isinstance(part, list):
            return [self._worded(one) for one in part]
        if not isinstance(part, dict):
            return part
        found = {key: self._worded(one) for key, one in part.items()}
        if isinstance(text := found.get("description"), str):
            text = re.sub(r"(?<![\w/-])service(?![\w/-])", self.noun, text).replace("Deployment", self.sort)
            text = re.sub(r"(?<![\w/-])services(?![\w/-])", f"{self.noun}s", text)
            text = re.sub(r"^Service(?=[A-Z][A-Za-z]*: )", self.first or self.sort, text)
            found["description"] = text.replace("deploy/deployment.yaml", f"deploy/{self.name}.yaml")
        return found


def _keys(data: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Return the map of keys at a path: of a map's, of the items of a list, or of the values of a map."""
    here = data
    for key in path:
        here = here["properties"][key]
        here = here.get("items") or here
        below = here.get("additionalProperties")
        here = below if isinstance(below, dict) and "properties" in below else here
    found: dict[str, Any] = here["properties"]
    return found


def _fields(sort: str, about: str) -> dict[str, Any]:
    return {"description": about, "$ref": f"{_FIELDS}{sort}"}


def _seconds(about: str, least: int, default: int | None = None) -> dict[str, Any]:
    found = {"description": about, "type": ["integer", "null"], "minimum": least, "maximum": 31536000}
    return found if default is None else {**found, "default": default}


def _count(about: str, default: int, most: int = 100) -> dict[str, Any]:
    return {"description": about, "type": "integer", "minimum": 0, "maximum": most, "default": default}


def _alert(about: str, *, threshold: str = "", within: str = "") -> dict[str, Any]:
    """Return the part of the schema for an alert that a service does not have."""
    keys = json.loads((SCHEMAS / "service.schema.json").read_text("utf-8"))["properties"]["alerts"]["properties"]
    found: dict[str, Any] = keys["restarts"]
    own = {**found["properties"]}
    limit, lasting = own.pop("threshold"), own["for"]
    if threshold:
        own = {"threshold": {**limit, "description": threshold}, **own}
    if within:
        own = {"within": {**lasting, "description": within}, **own}
    return {**found, "description": about, "properties": own}


_PROMETHEUS = "The Prometheus that watches the {}, usually the same everywhere: set it in the config."
_METRICS = {
    "description": "Metrics that Prometheus reads from the pods: a PodMonitor of Prometheus Operator. {} for the usual "
    "values; null removes inherited ones."
}
_PROBE = {
    "anyOf": [
        {"description": "Whether the container has a probe that connects to its first port of TCP.", "type": "boolean"},
        _fields("Probe", "Fields of the probe; without httpGet, tcpSocket, exec or grpc it connects to the port."),
    ],
    "default": False,
}
_SHORT_NAME = {
    "description": "Name of the {} and of its objects. Lower-case letters, digits and '-', begins with a letter, 52 "
    "characters at most, since the names of {} are longer.",
    "maxLength": 52,
}

WORKER = Derived(
    "worker",
    "worker",
    "Deployment",
    "A worker on Kubernetes, such as one behind a queue: a Deployment without a Service, what scales and configures "
    "it, and its Namespace.",
    (*_SERVICE_KEYS, *_SERVED, "ports.service_port", "ports.app_protocol"),
    {},
    {
        "ports": {
            "description": "Ports of the main container, for metrics or probes; no Service has them.",
            "default": [],
        },
        "ports.name": {"description": "Name of the port. Lower-case letters, digits and '-', with a letter, 15 "
                       "characters at most."},
        "probes": {"description": "Which probes the main container has, none by default: true, false, or fields of a "
                   "probe as in Kubernetes, such as {exec: {command: [check]}}."},
        "probes.startup": {"description": "Whether a container has five minutes to start before the other probes "
                           "count.", **_PROBE},
        "probes.readiness": {"description": "Whether a pod counts as ready only while the probe succeeds.", **_PROBE},
        "probes.liveness": {"description": "Whether a container is restarted when the probe fails for a minute.",
                            **_PROBE},
        "prometheus": {"description": _PROMETHEUS.format("worker")},
        "metrics": _METRICS,
        "metrics.requests": {"description": "Names of the metrics of its tasks, such as messages of a queue, for "
                             "alerts and the dashboard. One of total and duration is enough: a histogram counts too."},
        "metrics.requests.total": {"description": "Counter of tasks, such as messages_total; default: the count of "
                                   "duration."},
        "metrics.requests.errors": {"description": 'Labels of tasks that failed, as in PromQL: result="error"'},
        "metrics.requests.duration": {"description": "Histogram of the durations of tasks in seconds, without _bucket, "
                                      "such as message_duration_seconds."},
        "alerts.errors": {"description": "WorkerErrors: tasks fail. Needs metrics.requests.errors. false for none."},
        "alerts.errors.threshold": {"description": "Failed tasks, in percent; default 5."},
        "alerts.latency": {"description": "WorkerSlow: tasks take long. Needs metrics.requests.duration, and a "
                           "threshold. false for none."},
        "alerts.latency.threshold": {"description": "Seconds that all but the slowest tasks take."},
        "alerts.latency.quantile": {"description": "Share of tasks that are faster; default 0.99."},
    },
    {"service": None, "ingress": None, "httproute": None},
    first="Worker",
)  # fmt: skip

_SCHEDULE = {
    "description": "When a run starts: minute, hour, day of the month, month, day of the week, such as 0 3 * * 1-5; or "
    "@hourly, @daily, @weekly, @monthly or @yearly.",
    "type": "string",
    "minLength": 6,
    "maxLength": 255,
}
_ZONE = {
    "description": "Time zone of the schedule, such as Europe/Berlin.",
    "type": "string",
    "maxLength": 64,
    "pattern": r"^(?!Local$)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$(?!\n)",
}
_SUSPEND = {"description": "Whether no run starts.", "type": "boolean"}

CRON_JOB = Derived(
    "cronjob",
    "job",
    "CronJob",
    "A job on Kubernetes that runs at times: a CronJob, what configures it, and its Namespace.",
    (*_SERVICE_KEYS, "prometheus.namespace", "metrics", "dashboard", "alerts.certificate",
     *(f"alerts.{one}" for one in _NOT_OF_JOBS), "ports", "probes", "replicas", "spread", "autoscaling",
     "disruption_budget", "selector", "sidecars", "deployment", "environments.replicas"),
    {
        "schedule": _SCHEDULE,
        "time_zone": {**_ZONE, "default": "Etc/UTC"},
        "concurrency": {
            "description": "What happens to a run that is due before the last one is over: Forbid leaves it out, Allow "
            "starts it beside the other, Replace ends the other.",
            "enum": ["Forbid", "Allow", "Replace"],
            "default": "Forbid",
        },
        "suspend": {**_SUSPEND, "default": False},
        "starting_deadline": _seconds("Seconds after which a run that could not start is left out, at least 10, since "
                                      "Kubernetes looks every 10 seconds; by default it starts late.", 10),
        "active_deadline": _seconds("Seconds after which a run is ended, all attempts included; null for none.", 1,
                                    3600),
        "backoff_limit": _count("Number of further attempts of a run that fails, 0 to 100.", 2),
        "restart_policy": {
            "description": "Never: an attempt is a pod of its own, and its logs stay. OnFailure: the container starts "
            "again in its pod.",
            "enum": ["Never", "OnFailure"],
            "default": "Never",
        },
        "history": {
            "description": "Number of jobs that stay, with their pods and logs.",
            **_OBJECT,
            "properties": {
                "successful": _count("Number of successful jobs, 0 to 100.", 1),
                "failed": _count("Number of failed jobs, 0 to 100.", 3),
            },
        },
        "cronjob": _fields("CronJob", "Fields of the CronJob, merged into it: {metadata: {annotations: …}}. null "
                           "removes a generated field."),
        "job": _fields("JobTemplateSpec", "Fields of the jobs, merged into those of the CronJob: {spec: {parallelism: "
                       "2, completions: 2}}. null removes a generated field."),
    },
    {
        "name": {**_SHORT_NAME, "description": _SHORT_NAME["description"].format("job", "its runs")},
        "vertical_autoscaling": {
            "description": "A VerticalPodAutoscaler: Off only recommends requests, Initial sets them for new pods. "
            "null removes an inherited one.",
            "enum": ["Off", "Initial", None],
        },
        "config": {"description": "A ConfigMap, NAME-config, which the next run reads. null removes an inherited one."},
        "environments.schedule": _SCHEDULE,
        "environments.time_zone": _ZONE,
        "environments.suspend": _SUSPEND,
        "prometheus": {"description": _PROMETHEUS.format("job")},
        "prometheus.labels": {"description": "Labels that it selects PrometheusRules by, such as {release: monitoring} "
                              "of the chart kube-prometheus-stack."},
        "alerts.failed": _alert("JobFailed: the last run failed, until one succeeds. Needs history.failed. false for "
                                "none."),
        "alerts.overdue": _alert("JobOverdue: no run has succeeded for too long. false for none.",
                                 within="Time within which a run should succeed again, such as 26h; default: the "
                                 "longest time between two runs, as much again but a day at most, and "
                                 "active_deadline."),
        "alerts.not_started": _alert("JobNotStarted: a run is due and has not begun. false for none."),
        "alerts.slow": _alert("JobSlow: a run will soon be ended. Needs active_deadline. false for none.",
                              threshold="Time of a run in percent of active_deadline; default 80."),
    },
    {"monitor": None, "dashboard": None, "deployment": "cronjob", "service": None, "ingress": None, "httproute": None,
     "horizontalpodautoscaler": None, "poddisruptionbudget": None},
    ("schedule",),
    "Job",
)  # fmt: skip

_RETENTION = {"enum": ["Retain", "Delete"], "default": "Retain"}

STATEFUL_SET = Derived(
    "statefulset",
    "workload",
    "StatefulSet",
    "A workload on Kubernetes whose pods have names and volumes of their own: StatefulSet, headless Service, what "
    "scales and configures it, and its Namespace.",
    (*_SERVED, "service_port", "service_port_name", "service_type", "ingress", "http_route", "canary",
     "deployment", "ports.service_port"),
    {
        "pod_management": {
            "description": "OrderedReady: pods start one after another, each when the one before is ready. Parallel: "
            "all at once. Kubernetes refuses to change it.",
            "enum": ["OrderedReady", "Parallel"],
            "default": "OrderedReady",
        },
        "update_strategy": {
            "description": "RollingUpdate: pods are replaced one after another, the last first. OnDelete: a pod is "
            "replaced when somebody deletes it.",
            "enum": ["RollingUpdate", "OnDelete"],
            "default": "RollingUpdate",
        },
        "claim_retention": {
            "description": "What happens to the volumes of pods.",
            **_OBJECT,
            "properties": {
                "when_deleted": {"description": "When the StatefulSet is deleted: Retain keeps them.", **_RETENTION},
                "when_scaled": {"description": "When there are fewer replicas: Retain keeps those of pods that are "
                                "gone.", **_RETENTION},
            },
        },
        "statefulset": _fields("StatefulSet", "Fields of the StatefulSet, merged into it: {spec: {minReadySeconds: "
                               "10}}. null removes a generated field."),
    },
    {
        "name": {**_SHORT_NAME, "description": _SHORT_NAME["description"].format("workload", "its pods")},
        "ports": {"description": "Ports of the main container and the Service, instead of port and the other keys of "
                  "one port; [] for none."},
        "volumes.claim": {"description": "A PersistentVolumeClaim for each pod: {resources: {requests: {storage: "
                          "1Gi}}}; its accessModes are ReadWriteOnce by default. Kubernetes refuses to change it."},
        "prometheus": {"description": _PROMETHEUS.format("workload")},
        "metrics": _METRICS,
        "alerts.missing": _alert("StatefulSetPodMissing: a pod is not ready, and no other takes its place. false for "
                                 "none."),
    },
    {"deployment": "statefulset", "persistentvolumeclaim": None, "ingress": None, "httproute": None},
)  # fmt: skip

DERIVED = (WORKER, CRON_JOB, STATEFUL_SET)


if __name__ == "__main__":
    for each in DERIVED:
        (SCHEMAS / f"{each.name}.schema.json").write_text(each.text(), "utf-8")
