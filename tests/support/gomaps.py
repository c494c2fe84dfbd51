"""YAML as go-yaml v2 reads it into maps: a merge key overrides the keys before it; otherwise as PyYAML does.

Nothing of the package is used here.
"""

from __future__ import annotations

from typing import Any

import yaml


class _InOrder(yaml.SafeLoader):
    """Reads the pairs of a map one by one, those of a merge key where it stands."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        pairs: list[tuple[yaml.Node, yaml.Node]] = []
        for key, value in node.value:
            if key.tag != "tag:yaml.org,2002:merge":
                pairs.append((key, value))
                continue
            for source in reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]:
                self.flatten_mapping(source)
                pairs += source.value
        node.value = pairs


def read(text: str) -> Any:
    """Return the data of the only document of a text."""
    return yaml.load(text, Loader=_InOrder)  # noqa: S506 - a safe loader
