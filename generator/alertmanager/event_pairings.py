"""Keys of ``event_recorder`` that need each other: the names of outputs, batches of webhooks, brokers of Kafka.

Source: the UnmarshalYAML methods of Alertmanager's package eventrecorder.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import Finding
from . import durations
from .details import filled_later
from .fault import fault_at, fault_at_key, in_quotes
from .value import Value, truth
from .versions import Versions

_HAVE_NAMES = (0, 35)  # the first Alertmanager that requires them
_BATCHES = ("batch_max_events", "batch_max_bytes", "batch_flush_interval")


def output_faults(value: Value, _name: str, target: Versions) -> Iterator[Finding]:
    """Yield outputs of events without a name, or with one that another output of its type has."""
    if target.alertmanager < _HAVE_NAMES:
        return
    for key, listed in value.pairs.items():
        seen: set[str] = set()
        for one in listed.items:
            if one.shape != "map" and not one.is_null:
                continue
            found = one.pairs.get("name")
            text = "" if found is None or found.is_null else found.text
            if not text:
                message = f"an output of {key} has no name, which Alertmanager requires since 0.35"
                yield fault_at("AM033", found or one, message, "add name, which metrics and logs then have")
            elif text in seen and found is not None:
                message = f"the name {in_quotes(text)} is duplicated in {key}"
                yield fault_at("AM020", found, message, "rename one")
            seen.add(text)


def webhook_faults(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    """Yield settings of batches that are negative, or without batches, and an address that is left out."""
    address = value.get("url")
    if address is not None and address.text == "<secret>":
        yield fault_at("AM032", address, "url is '<secret>', which is not an address", "write the address")
    batch = value.get("batch")
    for key in _BATCHES:
        one = value.get(key)
        if one is None or filled_later(one.text):
            continue
        if one.text.startswith("-"):
            yield fault_at("AM032", one, f"{key} is {in_quotes(one.text)}, but must not be negative", "write 1 or more")
        elif not _is_zero(one) and (batch is None or truth(batch) is False):
            yield fault_at_key("AM020", one, f"{key} needs batch: true", "add it, or remove this")


def _is_zero(value: Value) -> bool:
    return not value.text.strip("0") or durations.prometheus(value.text) == 0


def kafka_faults(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    """Yield brokers without entries, and empty entries."""
    listed = value.get("brokers")
    if listed is not None and listed.shape == "list" and not listed.items:
        yield fault_at("AM033", listed, "brokers is empty", "add host:port of one")
    for one in value.list_of("brokers"):
        if one.is_null or (one.shape == "scalar" and not one.text):
            yield fault_at("AM033", one, "a broker is empty", "write host:port, or remove it")
