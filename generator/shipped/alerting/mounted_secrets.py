"""The files of mounted Secrets that a configuration reads, at the paths where a chart mounts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, count
from typing import Any

from ...alertmanager.chart_layouts import OPERATOR_SECRETS, ChartLayout, layout_of

# Volumes of the charts' own pods.
_VOLUMES = frozenset({"config", "storage", "config-volume", "storage-volume"})
_FILE = r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/([A-Za-z0-9._-]+)"


def layout_for(values: Mapping[str, Any]) -> ChartLayout:
    """Return the layout of the chart that the values of a spec are for."""
    return layout_of(str(values.get("chart") or ""))


@cache
def _path(folder: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(folder)}/{_FILE}")


def mounted_files(value: Any, layout: ChartLayout) -> Iterator[tuple[str, str]]:
    """Yield Secret and key of each file of a mounted Secret that a configuration names."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from mounted_files(one, layout)
    elif isinstance(value, list):
        for one in value:
            yield from mounted_files(one, layout)
    elif isinstance(value, str) and (match := _path(layout.folder).fullmatch(value)):
        yield match.group(1), match.group(2)


def moved(value: Any, layout: ChartLayout) -> Any:
    """Return a configuration with the files of Secrets where the chart mounts them.

    Specs and defaults have them where Prometheus Operator mounts them.
    """
    if layout.folder == OPERATOR_SECRETS:
        return value
    if isinstance(value, Mapping):
        return {key: moved(one, layout) for key, one in value.items()}
    if isinstance(value, list):
        return [moved(one, layout) for one in value]
    if isinstance(value, str) and _path(OPERATOR_SECRETS).fullmatch(value):
        return layout.folder + value.removeprefix(OPERATOR_SECRETS)
    return value


def mounts_of(secrets: Iterable[str], layout: ChartLayout, listed: Sequence[Any] = ()) -> list[Any]:
    """Return the items of a chart's list of mounted Secrets that are added to those ``listed``.

    A mount is also a volume of the pod, whose name no other volume has.
    """
    if layout.by_name:
        return list(secrets)
    names = {str(one.get("name")) for one in listed if isinstance(one, Mapping)} | _VOLUMES
    out = []
    for one in secrets:
        plain = one.replace(".", "-")[:63].rstrip("-")
        several = (f"{plain[:59].rstrip('-')}-{number}" for number in count(2))
        name = next(each for each in chain((plain,), several) if each not in names)
        names.add(name)
        out.append({"name": name, "mountPath": f"{layout.folder}/{one}", "secretName": one, "readOnly": True})
    return out


# Types whose integrations share a credential: what says where each sends to, and what says whose credential it is.
_SHARED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "slack_configs": ("channel", ()),
    "email_configs": ("to", ("smarthost", "auth_username")),
    "victorops_configs": ("routing_key", ("api_url",)),
    "wechat_configs": ("agent_id", ("agent_id", "corp_id", "api_url")),
    "telegram_configs": ("chat_id", ("api_url",)),
    "webex_configs": ("room_id", ("api_url",)),
    "rocketchat_configs": ("channel", ("api_url",)),
    "jira_configs": ("project", ("api_url", "http_config")),
}


@dataclass(frozen=True)
class SecretReader:
    """An integration that reads files of mounted Secrets: its receiver, its type, and what the spec says of it."""

    receiver: str
    type_name: str
    one: Mapping[str, Any]

    def shares_with(self, other: SecretReader) -> bool:
        """Return whether both may read one file, as several integrations with one account do."""
        if self is other:
            return True
        if (self.receiver, self.type_name) != (other.receiver, other.type_name) or self.type_name not in _SHARED:
            return False
        to, account = _SHARED[self.type_name]
        return bool(self.one.get(to) and other.one.get(to)) and all(
            self.one.get(key) == other.one.get(key) for key in account
        )


@dataclass(frozen=True)
class SecretFiles:
    """The default files of mounted Secrets: one Secret per receiver, one key per field.

    No two integrations read one file unless they share an account. The first has the plain name; a later one has its
    type or a number in the key, or a number in the Secret if another receiver's Secret has the same name.
    """

    receivers: tuple[str, ...]
    owners: dict[str, SecretReader] = field(default_factory=dict)
    given: dict[str, set[str]] = field(default_factory=dict)

    def read_by(self, path: str, type_name: str) -> None:
        """Note a file that the spec itself names for an integration of a type."""
        self.given.setdefault(path, set()).add(type_name)

    def path(self, reader: SecretReader, field_name: str) -> str:
        """Return the file of a field of an integration."""
        found = next(one for one in self._names(reader, field_name) if self._is_free(one, reader))
        self.owners.setdefault(found, reader)
        return found

    def _names(self, reader: SecretReader, field_name: str) -> Iterator[str]:
        secret, key = secret_of(reader.receiver), field_name.replace("_", "-")
        plain = f"{OPERATOR_SECRETS}/{secret}/{key}"
        yield plain
        owner = self.owners.get(plain)
        if owner and owner.receiver != reader.receiver:
            taken = {secret_of(one) for one in self.receivers}
            others = (f"{secret[:55].rstrip('-')}-{number}" for number in count(2))
            secret = next(
                one
                for one in others
                if one not in taken and self._is_free(f"{OPERATOR_SECRETS}/{one}/{key}", reader, whole=True)
            )
            yield f"{OPERATOR_SECRETS}/{secret}/{key}"
        elif owner is None or owner.type_name != reader.type_name:
            key = f"{reader.type_name.removesuffix('_configs')}-{key}"
            yield f"{OPERATOR_SECRETS}/{secret}/{key}"
        yield from (f"{OPERATOR_SECRETS}/{secret}/{key}-{number}" for number in count(2))

    def _is_free(self, path: str, reader: SecretReader, *, whole: bool = False) -> bool:
        """Return whether an integration may read a file; ``whole``: or another one of its receiver."""
        owner = self.owners.get(path)
        if owner is not None:
            return owner.shares_with(reader) or (whole and owner.receiver == reader.receiver)
        return not self.given.get(path, set()) - {reader.type_name}


def secret_of(receiver: str) -> str:
    """Return the name of a receiver's Secret."""
    name = re.sub(r"[^a-z0-9]+", "-", receiver.casefold()).strip("-") or "receiver"
    return f"alertmanager-{name}"[:63].rstrip("-")
