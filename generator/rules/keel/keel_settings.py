"""KEEL004 and KEEL005: triggers and other settings of Keel.

Source: keel-hq/keel 0.22, ``types/types.go`` and ``provider/kubernetes/kubernetes.go``; schedules are those of
rusenask/cron, a copy of robfig/cron 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import regex
from ...finding import Finding
from ...nearest import Guesses, name_list
from ...yaml import is_text
from ..readers.keel_annotations import (
    BOOLEANS,
    KNOWN,
    PREFIX,
    KeelSetting,
    KeelWorkload,
    each_keel_workload,
    keel_workloads,
    read_settings,
)
from ..readers.node_fixes import in_quotes_fix
from ..readers.objects import containers, objects
from ..rule import File, Scope, at, rule
from .keel_examples import POLLING, keel_example

_EVERY = re.compile(r"@every[ ](?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+\Z")
_NAMED = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_FIELD = re.compile(r"[0-9A-Za-z*/,?-]+\Z")


@rule(
    "KEEL004", "error", ("kubernetes",), "a trigger or schedule of Keel that is not valid",
    explanation="The only trigger is poll; with another, Keel waits for webhooks. A schedule is @every DURATION, "
    "@hourly and the like, or a cron expression of 5 or 6 fields, the first of 6 for seconds. One that is not valid "
    "is replaced by the default, and without the trigger poll none counts.",
    bad=keel_example('policy: patch\ntrigger: poll\npollSchedule: "@every 5 minutes"'),
    good=keel_example('policy: patch\ntrigger: poll\npollSchedule: "@every 5m"'), source=POLLING,
)  # fmt: skip
@each_keel_workload
def triggers(one: KeelWorkload) -> Iterator[Finding]:
    """Check that a trigger is known, and a schedule valid and used."""
    trigger, schedule = one.setting("trigger"), one.setting("pollSchedule")
    if trigger is not None and trigger.is_plain and trigger.text not in {"poll", "default"}:
        message = f"Keel has no trigger {trigger.text!r}: it waits for webhooks, and never polls the registry"
        yield at(trigger.value if trigger.text else trigger.key, message, "write poll, or remove the trigger")
    if schedule is None or not schedule.is_plain:
        return
    if not _is_schedule(schedule.text):
        message = f"the schedule {schedule.text!r} is not valid, so Keel uses its default, once a minute"
        yield at(
            schedule.value if schedule.text else schedule.key, message, "write it like @every 5m, or 0 */5 * * * *"
        )
    elif schedule.is_label:
        yield at(schedule.key, "pollSchedule only counts as an annotation", "move it to metadata.annotations")
    elif trigger is None and not one.is_part:
        message = "pollSchedule has no effect: without the trigger poll Keel waits for webhooks"
        yield at(schedule.key, message, "add keel.sh/trigger: poll, or remove it", "warning")


def _is_schedule(text: str) -> bool:
    if text.startswith("@"):
        return text in _NAMED or bool(_EVERY.match(text))
    fields = text.split()
    return len(fields) in {5, 6} and all(_FIELD.match(one) for one in fields)


@rule(
    "KEEL005", "error", ("kubernetes",), "a setting of Keel that has no effect",
    explanation="Keel reads annotations and labels of the workload's own metadata, not those of its pods. It does not "
    "know other names, ignores an expression that is not valid, and only the text true counts as true. A value that "
    "is not a string is refused by the API server.",
    bad=keel_example("policy: patch\nmonitorContainer: web"),
    good=keel_example("policy: patch\nmonitorContainers: web"),
    source="https://keel.sh/docs/#kubernetes",
)  # fmt: skip
def unused_keel_settings(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that settings are known, are strings, and are where Keel reads them."""
    for one in keel_workloads(file, scope):
        for setting in one.settings:
            yield from _setting(setting)
        yield from _monitored(one)
    if PREFIX in file.text:
        for thing in objects(file):
            for part in ("annotations", "labels"):
                for setting in read_settings(thing.pod, part) if thing.sort != "Pod" else ():
                    if setting.name != "update-time":  # Keel itself writes it there
                        message = f"{setting.key.text} is on the pod template, where Keel does not read it"
                        yield at(setting.key, message, f"move it to metadata.annotations of {thing.shown}")


def _setting(one: KeelSetting) -> Iterator[Finding]:
    if one.name.lower() not in {known.lower() for known in KNOWN}:
        near = Guesses().nearest(one.name, KNOWN)
        if near or not one.is_label:  # a label may be for other tools
            hint = f"did you mean {PREFIX}{near}?" if near else f"its settings: {name_list(KNOWN)}"
            yield at(one.key, f"{one.key.text} is not a setting of Keel", hint, None if near else "warning")
    elif one.value.shape != "scalar" or not (is_text(one.value) or one.value.tag == "null"):
        what = one.text or "a map or list"
        message = f"{one.key.text} is {what}, which is not a string: the API server refuses it"
        hint = f'write it in quotes: "{one.text}"' if one.text else "use a string"
        yield at(one.value, message, hint, fix=in_quotes_fix(one.value))
    elif one.name in BOOLEANS and one.is_plain and one.text not in {"true", "false"}:
        near = "true" if one.text.strip().lower() in {"true", "yes", "y", "on", "1"} else "false"
        message = f"{one.key.text} is {one.text!r}, which counts as false"
        yield at(one.value if one.text else one.key, message, f'write "{near}"')
    elif one.name in {"approvals", "approvalDeadline"} and one.is_plain and not re.fullmatch(r"[+-]?[0-9]+", one.text):
        yield at(one.value if one.text else one.key, f"{one.key.text} is {one.text!r}, not a number", "write a number")


def _monitored(one: KeelWorkload) -> Iterator[Finding]:
    setting = one.setting("monitorContainers")
    if setting is None or not setting.is_plain or not setting.text:
        return
    if reason := regex.fault(setting.text):
        message = f"the expression is not valid RE2 ({reason}), so Keel updates all containers"
        yield at(setting.value, message, "write it without look-around, backreferences and possessive quantifiers")
    elif not one.is_part and not one.tracked and (names := [x.name for x in containers(one.object)]):
        message = f"{setting.text} matches no container of {one.object.shown}, so Keel updates nothing"
        yield at(setting.value, message, f"its containers: {', '.join(names)}")
