"""Infer the spec of a service from manifests that were written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....adoptable import HandWritten, Inference, ManifestAdoption, Workload
from ....rules.readers.objects import containers
from ....unit_namespace import MANAGED_BY
from .companions import companions_of
from .hand_written import chosen_deployment, folder_objects, node_source
from .workload_values import workload_values

__all__ = ["ADOPTION"]


def _infer(given: HandWritten) -> Inference:
    """Return the values of the spec of the one Deployment in a folder. Raises Invalid for what is not one service."""
    found = folder_objects(given.files)
    workload = chosen_deployment(found, given)
    beside = companions_of(workload, found)
    values, notes = workload_values(workload, beside, given)
    return Inference([*values, *beside.layout], [*notes, *beside.notes])


def _workloads(files: Mapping[str, str]) -> Sequence[Workload]:
    """Return the Deployments with containers in files, leaving out files that cannot be read."""
    found = folder_objects(files, lenient=True)
    return [
        Workload(one.shown, one.name, node_source(one.node, one.file.path), one.labels.get(MANAGED_BY) == "scaffold")
        for one in found.of("Deployment")
        if any(True for _ in containers(one))
    ]


ADOPTION = ManifestAdoption(_infer, _workloads)
