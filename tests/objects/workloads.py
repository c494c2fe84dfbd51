"""Deployments and the other kinds that run pods, a function each."""

from __future__ import annotations

import random

from .make import (
    VOLUMES,
    Make,
    Object,
    choice,
    fixed,
    number,
    one_of,
    several,
    some,
    top_of,
    typed,
)
from .pods import claim_spec, labels, pod_spec, template

SHARE: Make = choice(1, 2, "25%", "50%")
STRATEGIES: dict[str, Make] = {
    "Recreate": fixed({}),
    "RollingUpdate": lambda d: some(d, {"rollingUpdate": lambda e: {"maxSurge": SHARE(e), "maxUnavailable": 0}}, 0.8),
}
SET_STRATEGIES: dict[str, Make] = {
    "OnDelete": fixed({}),
    "RollingUpdate": lambda d: some(d, {"rollingUpdate": lambda e: {"partition": e.randint(0, 3)}}, 0.8),
}


def deployment(dice: random.Random) -> Object:
    of = labels(dice)
    more: dict[str, Make] = {
        "replicas": number(1, 5),
        "strategy": lambda d: typed(d, STRATEGIES),
        "revisionHistoryLimit": number(1, 10),
        "minReadySeconds": number(0, 10),
    }
    spec = {**some(dice, more, 0.6), "selector": {"matchLabels": of}, "template": template(dice, of)}
    return top_of("apps/v1", "Deployment", dice, spec=spec)


def stateful_set(dice: random.Random) -> Object:
    of = labels(dice)
    more: dict[str, Make] = {
        "replicas": number(1, 5),
        "updateStrategy": lambda d: typed(d, SET_STRATEGIES),
        "podManagementPolicy": choice("Parallel", "OrderedReady"),
        "persistentVolumeClaimRetentionPolicy": lambda d: {"whenDeleted": d.choice(("Retain", "Delete"))},
    }
    claims = several(dice, lambda d, name: {"metadata": {"name": name}, "spec": claim_spec(d)}, VOLUMES[3:])
    spec = {"serviceName": "web", "selector": {"matchLabels": of}, "template": template(dice, of)}
    spec |= {**some(dice, more), **some(dice, {"volumeClaimTemplates": fixed(claims)}, 0.6)}
    return top_of("apps/v1", "StatefulSet", dice, spec=spec)


def daemon_set(dice: random.Random) -> Object:
    of = labels(dice)
    spec = {"selector": {"matchLabels": of}, "template": template(dice, of)}
    return top_of("apps/v1", "DaemonSet", dice, spec=spec)


def failure_policy(dice: random.Random) -> Object:
    causes: dict[str, Make] = {
        "onExitCodes": lambda d: {"operator": "In", "values": [d.randint(1, 42)]},
        "onPodConditions": fixed([{"type": "DisruptionTarget", "status": "True"}]),
    }
    return {"rules": [{"action": "FailJob", **one_of(dice, causes)}]}


def _job_spec(dice: random.Random) -> Object:
    pod = {**pod_spec(dice), "restartPolicy": "Never"}
    more: dict[str, Make] = {
        "backoffLimit": number(0, 6),
        "activeDeadlineSeconds": number(60, 600),
        "ttlSecondsAfterFinished": number(60, 600),
        "parallelism": number(1, 3),
        "podFailurePolicy": failure_policy,
    }
    return {**some(dice, more), "template": {"spec": pod}}


def job(dice: random.Random) -> Object:
    return top_of("batch/v1", "Job", dice, spec=_job_spec(dice))


def cron_job(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "concurrencyPolicy": choice("Forbid", "Replace"),
        "timeZone": choice("Etc/UTC", "Europe/Berlin"),
        "suspend": choice(True, False),
        "failedJobsHistoryLimit": number(0, 3),
    }
    spec = {
        "schedule": dice.choice(("0 3 * * *", "@daily")),
        **some(dice, more),
        "jobTemplate": {"spec": _job_spec(dice)},
    }
    return top_of("batch/v1", "CronJob", dice, spec=spec)
