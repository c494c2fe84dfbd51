"""The types of values in the templates of Alertmanager, as far as they follow from the text of a template.

Source: the types of Alertmanager's package template. A type that is not known is ``""``.
"""

from __future__ import annotations

from collections.abc import Mapping

# The fields and methods of each type, with their types.
FIELDS_OF: Mapping[str, Mapping[str, str]] = {
    "data": {
        "Receiver": "text",
        "Status": "text",
        "Alerts": "alerts",
        "GroupLabels": "kv",
        "CommonLabels": "kv",
        "CommonAnnotations": "notes",
        "ExternalURL": "text",
        "NotificationReason": "",
        "RouteLabels": "kv",
    },
    "alert": {
        "Status": "text",
        "Labels": "kv",
        "Annotations": "notes",
        "StartsAt": "",
        "EndsAt": "",
        "GeneratorURL": "text",
        "Fingerprint": "text",
    },
    "alerts": {"Firing": "some", "Resolved": "some"},
    "some": {},
    "kv": {"SortedPairs": "pairs", "Remove": "kv", "Names": "texts", "Values": "texts"},
    "notes": {"SortedPairs": "pairs", "Remove": "notes", "Names": "texts", "Values": "texts"},
    "pairs": {"Names": "texts", "Values": "texts"},
    "pair": {"Name": "text", "Value": "text"},
    "text": {},
    "texts": {},
    "number": {},
}
ITEMS_OF = {"alerts": "alert", "some": "alert", "kv": "text", "notes": "text", "pairs": "pair", "texts": "text"}
NAMES_OF = {
    "data": "the notification",
    "alerts": "the list of alerts",
    "some": "a list of alerts",
    "alert": "an alert",
    "text": "text",
    "texts": "a list of text",
    "pairs": "a list of pairs",
    "pair": "a pair",
    "number": "a number",
}
FIELDS_SINCE = {"NotificationReason": "0.32", "RouteLabels": "0.34"}
TEXT_RESULTS = frozenset(
    "toUpper toLower title trimSpace join reReplaceAll printf print println html js urlquery toJson".split()  # noqa: SIM905
)
RANGES_OVER_NUMBERS = "0.29"  # the first Alertmanager that is built with Go 1.24 or newer
LISTS_OF_OTHERS = frozenset({"alerts", "some", "pairs"})  # lists, not of texts
# Values that a parameter of a type refuses, by the types of values here; other values may fit.
REFUSED = {
    "string": frozenset({*FIELDS_OF, "nothing"} - {"text"}),
    "texts": frozenset({*FIELDS_OF} - {"texts"}),
    "list": frozenset(FIELDS_OF),
    "slice": frozenset({*FIELDS_OF} - {"texts"} - LISTS_OF_OTHERS),
    "time": frozenset({*FIELDS_OF, "nothing"}),
}
WANTED = {
    "string": "text",
    "texts": "a list of text",
    "list": "a list made by list or append",
    "slice": "a list",
    "time": "a time",
}
