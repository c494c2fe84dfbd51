"""Where a chart is from: a repository of charts, an OCI registry, or a folder in git.

Sources: https://helm.sh/docs/topics/chart_repository/, https://helm.sh/docs/topics/registries/. Flux and Argo CD parse
versions and ranges with Masterminds/semver 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..behaviour import SpecFault
from ..images.semver import parse_range

_KEY = "chart"
_OCI = "oci://"
_EXACT = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_REGISTRY_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_RELEASE = "3.5.0"  # of Masterminds/semver


@dataclass(frozen=True)
class ChartSource:
    """The chart of a spec: its repository as a URL, its name, the version or range, and a digest in a registry.

    A chart in git has a ``path`` and a ``revision`` instead of name and version.
    """

    repository: str
    name: str = ""
    version: str = ""
    digest: str = ""
    path: str = ""
    revision: str = ""

    @property
    def is_oci(self) -> bool:
        """Whether the chart is in an OCI registry."""
        return self.repository.startswith(_OCI)

    @property
    def is_in_git(self) -> bool:
        """Whether the chart is a folder in git."""
        return bool(self.path)

    @property
    def registry(self) -> str:
        """The repository in a registry without the scheme, as Argo CD names one of charts."""
        return self.repository.removeprefix(_OCI).rstrip("/")

    @property
    def address(self) -> str:
        """The whole URL of a chart in a registry."""
        return f"{_OCI}{self.registry}/{self.name}"

    @property
    def is_exact(self) -> bool:
        """Whether the version is a single one, and no range."""
        return bool(_EXACT.fullmatch(self.version))

    @property
    def tag(self) -> str:
        """The tag of the version in a registry, which allows no ``+``."""
        return self.version.replace("+", "_")


def chart_source(values: Mapping[str, Any]) -> ChartSource:
    """Return the chart of the values of a spec."""
    return ChartSource(**{key: str(one) for key, one in values[_KEY].items()})


def chart_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the chart of a spec: of how its keys fit together, and of its version."""
    given, chart = values[_KEY], chart_source(values)
    if "path" in given:
        yield from _git_faults(given)
        return
    if "revision" in given:
        yield SpecFault([_KEY, "revision"], "chart.revision has no effect without path", "use version", at_key=True)
    for key in ("name", "version"):
        if key not in given:
            hint = "set it" if key == "name" else "name a version, such as 4.13.2, or a range, such as 4.x"
            yield SpecFault([_KEY], f"chart.{key} is missing", hint)
    if not re.match(r"(?:https?|oci)://", chart.repository):
        message = "chart.repository is not the URL of a repository of charts"
        yield SpecFault([_KEY, "repository"], message, "begin it with https:// or oci://")
    if chart.digest and not chart.is_oci:
        message = "chart.digest has no effect: only a registry has digests"
        yield SpecFault([_KEY, "digest"], message, "remove it, or use an oci:// repository", at_key=True)
    place = chart.address.removeprefix(_OCI).partition("/")[2]
    if chart.is_oci and chart.name and not _REGISTRY_PATH.fullmatch(place):
        key = "name" if _REGISTRY_PATH.fullmatch(place.removesuffix(chart.name).rstrip("/") or "a") else "repository"
        message = f"a registry has no {place}: a path has lower-case letters and digits, divided by '.', '_' and '-'"
        yield SpecFault([_KEY, key], message, f"did you mean {place.lower()}?")
    if chart.version:
        yield from _version_faults(chart)


def _git_faults(given: Mapping[str, Any]) -> Iterator[SpecFault]:
    for key in ("name", "version", "digest"):
        if key in given:
            message = f"chart.{key} has no effect for a path in git"
            hint = "use revision" if key == "version" else "remove it, or remove path"
            yield SpecFault([_KEY, key], message, hint, at_key=True)
    if "revision" not in given:
        yield SpecFault([_KEY], "chart.revision is missing", "name a branch, tag or commit of the repository")
    if str(given["repository"]).startswith(_OCI):
        message = "chart.repository is a registry, and path is a folder in git"
        yield SpecFault([_KEY, "path"], message, "use name and version", at_key=True)


def _version_faults(chart: ChartSource) -> Iterator[SpecFault]:
    where = [_KEY, "version"]
    found = parse_range(chart.version, _RELEASE)
    if chart.digest and not chart.is_exact:
        message = f"chart.version is {chart.version}, but a digest is of a single version"
        yield SpecFault(where, message, "name the version that the digest is of")
    elif chart.is_exact:
        return
    elif found is None:
        message = f"chart.version is {chart.version}, not a version or a range"
        yield SpecFault(where, message, "write it like 4.13.2, 4.x or >=4.13.0 <5.0.0")
    elif found.is_unbounded:
        message = f"chart.version {chart.version} matches every version, even major ones"
        yield SpecFault(where, message, "name a version, such as 4.13.2, or a range, such as 4.x")
