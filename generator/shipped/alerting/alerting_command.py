"""The command that creates an alerting unit, or adds receivers and routes to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...creation import Command, Folder, Missing, Option, SpecEdit, Where
from ...errors import Invalid, Problem
from ...printable import shell_word
from ...tree import join, path_fault

if TYPE_CHECKING:  # slow to load
    from .request import Asked, MissingField, Request

_NAME = "alerting"  # default name of the unit

_OPTIONS = (
    Option("NAME", "Name of the unit.", ("name",), default=_NAME),
    Option(
        "--values-file",
        "Values file; an existing file keeps its content. A path also sets the unit's folder.",
        ("values_file",),
        default="values.yaml",
        is_path=True,
    ),
    Option(
        "--receiver",
        "Receiver to add, such as pagerduty or email:ops; repeatable.",
        metavar="TYPE[:NAME]",
        default="slack",
        repeats=True,
    ),
    Option(
        "--set",
        "Field of a receiver to set, such as email.to=ops@example.org; repeatable.",
        metavar="NAME.FIELD=VALUE",
        repeats=True,
    ),
    Option("--slack-channel", "Slack channel.", default="#alerts"),
    Option("--slack-api-url-file", "File in Alertmanager's pod with the webhook's address.", metavar="PATH"),
    Option(
        "--watchdog",
        "Receiver of Watchdog: null, or one with only webhooks.",
        metavar="null|RECEIVER",
        default="null",
    ),
    Option(
        "--severity",
        "Receivers of a severity, such as critical=pagerduty,slack or 'critical|page=pagerduty'; repeatable.",
        metavar="SEVERITY=RECEIVER[,RECEIVER]",
        repeats=True,
    ),
    Option(
        "--chart",
        "What reads the file: a Helm chart, kube-prometheus, or none.",
        ("chart",),
        choices=(
            *("kube-prometheus-stack", "alertmanager", "prometheus", "prometheus-17", "victoria-metrics-k8s-stack"),
            *("kube-prometheus", "none"),
        ),
        default="as the file has it, or kube-prometheus-stack",
    ),
    Option("--object", "Object in the file to change, if it has several.", ("object",), metavar="KIND/NAME"),
    Option("--plain-secret", "Allow secrets in plain text in the spec and the values.", type=bool),
    Option("--alertmanager", "Version of Alertmanager.", metavar="VERSION", default="the newest known"),
    Option("--operator", "Version of Prometheus Operator, or none.", metavar="VERSION", default="the chart's, 0.93"),
)


@dataclass(frozen=True)
class _Edit(SpecEdit):
    """Add receivers, routes and settings to a spec; to a new one also the surroundings of an existing values file."""

    request: Request

    def _asked(self, folder: Folder, data: Mapping[str, Any]) -> Asked:
        from .request import asked, with_inherited  # noqa: PLC0415

        return asked(data if folder.is_new else with_inherited(data, folder.defaults, self.request), self.request)

    def missing(self, folder: Folder) -> Sequence[Missing]:
        from .request import missing  # noqa: PLC0415

        found = missing(self._asked(folder, folder.spec).data, self.request)
        return [_question(one) for one in found]

    def answered(self, folder: Folder, answers: Mapping[str, str]) -> SpecEdit:
        from .request import missing  # noqa: PLC0415

        found = missing(self._asked(folder, folder.spec).data, self.request)
        given = [(one, answers.get(_question(one).question, "")) for one in found]
        more = [f"{one.receiver}.{'.'.join(one.path)}={answer}" for one, answer in given if answer]
        plain = self.request.plain_secret or any(one.plain and answer for one, answer in given)
        settings = (*self.request.settings, *more)
        return replace(self, request=replace(self.request, settings=settings, plain_secret=plain))

    def put(self, folder: Folder, data: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[tuple[Where, str]]]:
        from .adopt import surroundings  # noqa: PLC0415

        done = self._asked(folder, data)
        found = dict(done.data)
        if folder.is_new:
            file = str(found.get("values_file") or folder.defaults.get("values_file") or "values.yaml")
            text = None if path_fault(file) else folder.read(file)
            known = {**folder.defaults, **found}
            for key, value in (surroundings(text, join(folder.path, file), known) if text is not None else {}).items():
                found.setdefault(key, value)
        return found, done.options


def _question(field: MissingField) -> Missing:
    name, about = f"{field.receiver}.{'.'.join(field.path)}", field.about
    return Missing(
        "--set",
        f"{name} is missing",
        f"add --set {shell_word(f'{name}=VALUE')}" + (f" ({about})" if about else ""),
        f"{about[:1].upper()}{about[1:]} ({name})" if about else name,
        field.optional,
    )


def _edit(given: Mapping[str, Any]) -> SpecEdit:
    from .field_setting import read_setting  # noqa: PLC0415
    from .request import Request, read_receiver, read_severity  # noqa: PLC0415

    def setting(text: str) -> str:
        read_setting(text)
        return text

    def chosen(keys: Mapping[str, str]) -> dict[str, Any]:
        return {name: given[key] for name, key in keys.items() if key in given}

    return _Edit(
        Request(
            receivers=tuple(_each(given, "receiver", read_receiver)),
            settings=tuple(_each(given, "set", setting)),
            slack=chosen({"channel": "slack_channel", "api_url_file": "slack_api_url_file"}),
            watchdog=given.get("watchdog"),
            severity=tuple(_each(given, "severity", read_severity)),
            plain_secret=bool(given.get("plain_secret")),
            versions=chosen({"alertmanager": "alertmanager", "operator": "operator"}),
        )
    )


def _each(given: Mapping[str, Any], key: str, read: Any) -> list[Any]:
    """Read the values of a repeatable option; report all that are not valid."""
    out: list[Any] = []
    problems: list[Problem] = []
    for text in given.get(key, ()):
        try:
            out.append(read(text))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return out


COMMAND = Command(
    "Create Alertmanager's receivers and routes as Helm values.\n\n"
    'Values for the kube-prometheus-stack chart: receivers, routes, the receiver "null", Watchdog first.',
    lambda name: _NAME if name == _NAME else f"{_NAME}/{name}",
    _OPTIONS,
    (
        "scaffold alerting --slack-channel '#team-alerts'",
        "scaffold alerting --receiver pagerduty --severity critical=pagerduty",
        "scaffold alerting --values-file monitoring/values.yaml --receiver webhook:ops --set ops.url=http://ops:8080/",
    ),
    edit=_edit,
)
