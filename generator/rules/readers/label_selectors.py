"""Which labels a selector matches: ``matchLabels`` and ``matchExpressions``.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...yaml import Node, items_at, pairs_at, text_at


def expression_holds(expression: Node, labels: Mapping[str, str]) -> bool:
    """Return whether an item of ``matchExpressions`` matches labels; an unknown operator counts as matching."""
    has = labels.get(text_at(expression, "key"))
    values = [one.text for one in items_at(expression, "values")]
    match text_at(expression, "operator"):
        case "In":
            return has in values
        case "NotIn":
            return has not in values
        case "Exists":
            return has is not None
        case "DoesNotExist":
            return has is None
        case _:
            return True  # reported by the schema


def selector_matches(selector: Node, labels: Mapping[str, str]) -> bool:
    """Return whether a label selector matches labels; an empty one matches all."""
    return all(labels.get(key.text) == value.text for key, value in pairs_at(selector, "matchLabels")) and all(
        expression_holds(one, labels) for one in items_at(selector, "matchExpressions")
    )
