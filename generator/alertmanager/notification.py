"""The environment of Alertmanager's templates: names of functions, default templates, the data of a notification.

https://prometheus.io/docs/alerting/latest/notifications/. Functions and their first versions are in
``schemas/alertmanager-fields.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .config_fields import DefaultTemplate, field_table
from .gotemplate.printing import List, Map, Struct, TextList
from .template_functions import GoTime

# https://pkg.go.dev/text/template#hdr-Functions
GO_FUNCTIONS = frozenset(
    "and or not len index slice print printf println html js urlquery call eq ne lt le gt ge".split()  # noqa: SIM905
)


def functions() -> Mapping[str, str]:
    """Return the template functions of Alertmanager, each with the first version that has it."""
    return field_table().functions


def own_templates() -> Mapping[str, DefaultTemplate]:
    """Return the templates that Alertmanager defines, by name. Source: template/default.tmpl and email.tmpl."""
    return field_table().templates


def opaque(name: str) -> str | None:
    """Return a placeholder for the output of a default template of Alertmanager, or None for an unknown name."""
    found = own_templates().get(name)
    return None if found is None else "" if found.blank else "\u2026"


class KV(Map):
    """Labels or annotations."""

    def __init__(self, notification_data: Mapping[str, str]) -> None:
        super().__init__(notification_data)
        self.methods: Mapping[str, Callable[..., Any]] = {
            "SortedPairs": self._pairs,
            "Names": lambda: _Texts(one.fields["Name"] for one in self._pairs()),
            "Values": lambda: _Texts(one.fields["Value"] for one in self._pairs()),
            "Remove": self._without,
            "String": self.shown,
        }

    def shown(self) -> str:
        """Return the pairs as text."""
        return self._pairs().shown()

    def _without(self, names: list[str] | None) -> KV:
        if names is not None and not (isinstance(names, List) and names.items_are == "string"):
            raise TypeError("Remove takes a list of texts")
        return KV({key: one for key, one in self.items() if key not in (names or ())})

    def _pairs(self) -> _Pairs:
        names = sorted(self, key=lambda name: (name != "alertname", name))
        return _Pairs(Struct({"Name": name, "Value": self[name]}) for name in names)


class _Texts(TextList):
    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:  # type: ignore[override]
        def join(between: str) -> str:
            if type(between) is not str:
                raise TypeError("Join takes a text")
            return between.join(self)

        return {"Join": join}


class _Pairs(List):
    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:  # type: ignore[override]
        return {
            "Names": lambda: _Texts(one.fields["Name"] for one in self),
            "Values": lambda: _Texts(one.fields["Value"] for one in self),
            "String": self.shown,
        }

    def shown(self) -> str:
        return ", ".join(f"{one.fields['Name']}={one.fields['Value']}" for one in self)


class _Alerts(List):
    @property
    def methods(self) -> Mapping[str, Callable[..., Any]]:  # type: ignore[override]
        def those(status: str) -> List:
            return List(one for one in self if one.fields["Status"] == status)

        return {"Firing": lambda: those("firing"), "Resolved": lambda: those("resolved")}


def notification_data(
    alerts: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
    group_by: Sequence[str] | None,
    *,
    status: str = "firing",
) -> Struct:
    """Return the data of a notification about alerts (labels, annotations); ``group_by`` None means all labels."""

    def common(number: int) -> dict[str, str]:
        first = alerts[0][number]
        return {key: one for key, one in first.items() if all(each[number].get(key) == one for each in alerts)}

    made = _Alerts(
        Struct(
            {
                "Status": status,
                "Labels": KV(labels),
                "Annotations": KV(annotations),
                "StartsAt": GoTime(),
                "EndsAt": GoTime(),
                "GeneratorURL": "http://prometheus.example.org/graph",
                "Fingerprint": "0123456789abcdef",
            },
            prints=False,
        )
        for labels, annotations in alerts
    )
    group = {key: one for key, one in common(0).items() if group_by is None or key in group_by}
    return Struct(
        {
            "Receiver": "receiver",
            "Status": status,
            "Alerts": made,
            "GroupLabels": KV(group),
            "CommonLabels": KV(common(0)),
            "CommonAnnotations": KV(common(1)),
            "ExternalURL": "http://alertmanager.example.org",
            "NotificationReason": "new",
            "RouteLabels": KV({}),
        },
        prints=False,
    )
