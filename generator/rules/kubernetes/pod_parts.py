"""The data of a pod as the Pod Security Standards look at it: any part of it may be missing, or of another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

PodPath = tuple[str | int, ...]
_LISTS = ("initContainers", "containers", "ephemeralContainers")
_WINDOWS_SINCE = 25  # the first version that exempts pods of Windows from what only Linux has
_USER_NAMESPACES_SINCE = 35  # the first version that trusts user namespaces


@dataclass(frozen=True)
class PodPart:
    """A part of a pod: its path, and its data, None if it is missing or null."""

    where: PodPath
    data: Any

    def at(self, *keys: str) -> PodPart:
        """Return the part below it at a path of keys."""
        data = self.data
        for key in keys:
            data = data.get(key) if isinstance(data, dict) else None
        return PodPart((*self.where, *keys), data)

    def items(self, key: str) -> Iterator[PodPart]:
        """Yield the items of the list at a key; nothing if there is no list."""
        below = self.at(key)
        for number, item in enumerate(below.data if isinstance(below.data, list) else ()):
            yield PodPart((*below.where, number), item)

    @property
    def is_set(self) -> bool:
        """Whether it is there and not null: an empty map is, as it is for the API server."""
        return self.data is not None

    @property
    def text(self) -> str:
        """Its text, ``""`` if it is none."""
        return self.data if isinstance(self.data, str) else ""

    @property
    def number(self) -> int:
        """Its integer, 0 if it is none."""
        return self.data if isinstance(self.data, int) and not isinstance(self.data, bool) else 0


@dataclass(frozen=True)
class JudgedPod:
    """A pod (a map with metadata and spec), and the version 1.``minor`` of the standards that it is judged by."""

    data: Any
    minor: int

    @cached_property
    def spec(self) -> PodPart:
        """Its spec."""
        return PodPart((), self.data).at("spec")

    @cached_property
    def containers(self) -> tuple[PodPart, ...]:
        """All its containers: init containers and ephemeral ones too."""
        return tuple(one for key in _LISTS for one in self.spec.items(key))

    @cached_property
    def context(self) -> PodPart:
        """The security context of the whole pod."""
        return self.spec.at("securityContext")

    @cached_property
    def contexts(self) -> tuple[PodPart, ...]:
        """All security contexts: that of the pod, and those of the containers."""
        return (self.context, *(one.at("securityContext") for one in self.containers))

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """The annotations that are text."""
        found = PodPart((), self.data).at("metadata", "annotations").data
        pairs = found.items() if isinstance(found, dict) else ()
        return {key: value for key, value in pairs if isinstance(value, str)}

    @property
    def is_exempt_windows(self) -> bool:
        """Whether it is a pod of Windows, which has no such fields as privilege escalation and capabilities."""
        return self.minor >= _WINDOWS_SINCE and self.spec.at("os", "name").data == "windows"

    @property
    def is_trusted_namespace(self) -> bool:
        """Whether it has a user namespace of its own, in which root is nobody outside."""
        return self.minor >= _USER_NAMESPACES_SINCE and self.spec.at("hostUsers").data is False


@dataclass(frozen=True)
class Breach:
    """What of a pod a control of the standards refuses: the path of the field, which may be missing, and why."""

    where: PodPath
    message: str
    hint: str


def shown_owner(pod: JudgedPod, where: PodPath) -> str:
    """Return whose field a path is, for messages: the pod, or one of its containers by name."""
    if len(where) < 3 or where[1] not in _LISTS:
        return "the pod"
    number = where[2]
    listed = pod.spec.at(str(where[1])).data
    one = listed[number] if isinstance(number, int) else None
    return f"container {PodPart(where[:3], one).at('name').text or 'without a name'}"
