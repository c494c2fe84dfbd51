"""Check keys and types of a configuration for a version of Alertmanager and of the operator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..finding import Finding, Severity
from ..nearest import Guesses
from . import anchored as regex
from . import durations, matchers
from .config_fields import FieldType, Need, Section, field_table
from .details import (
    called,
    duration_hint,
    filled_later,
    has_authorization,
    is_empty,
    is_null_text,
    is_set,
    number_faults,
    url_faults,
)
from .fault import fault_at, fault_at_key, in_quotes
from .operator_values import is_read_address, is_refused_null
from .pairings import special_faults
from .value import Value, truth
from .versions import Versions

_SHAPES = {"map": "a map", "list": "a list", "scalar": "text"}
_NUMBERS = frozenset({"int", "int64", "uint", "float"})


def key_faults(config: Value, target: Versions, *, partial: bool = False) -> Iterator[Finding]:
    """Yield the faults that Alertmanager or the operator refuses; ``partial``: other values may have more keys."""
    sections = field_table().sections
    if config.shape != "map":
        yield fault_at("AM032", config, "the configuration is not a map", "write the keys route, receivers, …")
        return
    yield from _Check(target, config.get("global") or Value("map"), partial).section(
        config, sections["top"], "the configuration"
    )


@dataclass(frozen=True)
class _Check:
    target: Versions
    globals: Value
    partial: bool
    guesses: Guesses = field(default_factory=Guesses)

    def section(self, value: Value, section: Section, name: str, depth: int = 0) -> Iterator[Finding]:
        """Yield the faults of a map with the keys of a section."""
        fields: Mapping[str, FieldType] = section.fields
        receivers = field_table().receivers if section.name == "receiver" else {}
        if depth > 100:
            yield fault_at("AM032", value, f"{name} is nested deeper than 100 levels", "flatten it")
            return
        for key, one in value.pairs.items():
            if key in receivers:
                yield from self.integrations(one, receivers[key])
            elif key in fields:
                yield from self.field(one, fields[key], section, name, depth)
            elif not (key == "sops" and "mac" in one.pairs):  # SOPS removes it when it decrypts
                yield self.unknown(one, key, [*fields, *receivers], name)
        for wanted in fields.values():
            found = value.pairs.get(wanted.name)
            if wanted.required and wanted.name != "route" and (found is None or is_empty(found)):
                where = found if found is not None else value
                yield fault_at("AM033", where, f"{name} needs {wanted.name}", wanted.about or f"add {wanted.name}")
        yield from self.together(value, section, name)

    def remedy(self, section: Section, need: Need) -> str:
        """Return the hint for a missing key: what to add, or why the usual key is not available."""
        for key in need.keys:
            file = section.fields.get(section.fields[key].file)
            if file is not None and (why := self.target.refusal(file.name, file.since, file.operator)):
                return f"write {key}, with plain_secret: true in a spec if it is a secret; {why}"
        first, elsewhere = need.keys[0], f", or global.{need.globals[0]}" if need.globals else ""
        about = section.fields[first].about
        return f"add {first}{elsewhere}{f' ({about})' if about else ''}"

    def unknown(self, one: Value, key: str, known: list[str], name: str) -> Finding:
        snake = re.sub(r"(?<=[a-z0-9])([A-Z]+)", lambda match: "_" + match.group(1).lower(), key).lower()
        if key != snake and any(one in known for one in (snake, snake.replace("_url", "_url_file"))):
            hint = f"write {snake}; {key} is the spelling of the AlertmanagerConfig resource"
            return fault_at_key("AM030", one, f"unknown key {in_quotes(key)} in {name}", hint)
        close = self.guesses.nearest(key, known)
        hint = f"did you mean {close!r}?" if close else f"known here: {', '.join(sorted(known))}"
        return fault_at_key("AM031", one, f"unknown key {in_quotes(key)} in {name}", hint)

    def integrations(self, value: Value, section: Section) -> Iterator[Finding]:
        """Yield the faults of a list such as ``slack_configs``."""
        refused = list(self.age(value, section.name, section.since, section.operator))
        yield from refused
        if value.is_null or refused:
            return
        if value.shape != "list":
            yield fault_at(
                "AM032", value, f"{section.name} is {_SHAPES[value.shape]}, not a list", "start each item with '- '"
            )
            return
        for item in value.items:
            if item.shape != "map":
                what = "nothing" if item.is_null else _SHAPES[item.shape]
                yield fault_at(
                    "AM032", item, f"an item of {section.name} is {what}, not a map", "add keys, or remove it"
                )
            else:
                yield from self.section(item, section, section.name)

    def field(self, value: Value, field: FieldType, section: Section, name: str, depth: int) -> Iterator[Finding]:
        shown = field.name if section.name == "top" else f"{section.name}.{field.name}"
        yield from self.age(value, shown, field.since, field.operator)
        if not value.is_null:
            yield from self.typed(value, field.type, f"{name}.{field.name}", field, depth)
        is_checked = field.for_operator and self.target.operator_checks(field.checked_since)
        if is_checked and value.text and not filled_later(value.text):
            yield from url_faults(value, field.for_operator, f"{name}.{field.name}", field)
        if value.text == "<secret>" and is_read_address(section.name, field.name, self.target):
            message = f"{name}.{field.name} is '<secret>', which the operator refuses"
            yield fault_at("AM032", value, message, "write http:// or https:// and a host")

    def age(self, value: Value, name: str, since: str, operator: str | None) -> Iterator[Finding]:
        """Yield a fault if the versions do not know a key."""
        if why := self.target.refusal(name, since, operator):
            yield fault_at_key(
                "AM014", value, why, "remove it, or set the versions in use with alertmanager: or operator:"
            )

    def typed(self, value: Value, wanted: str, name: str, field: FieldType, depth: int) -> Iterator[Finding]:
        """Yield the faults of a value that is not null by a type of the table."""
        if "|" in wanted:
            branches = wanted.split("|")
            fits = [one for one in branches if (one in field_table().sections) == (value.shape == "map")]
            wanted = fits[0] if fits else branches[0]
        if wanted.startswith(("list<", "map<")):
            yield from self.many(value, wanted, name, field, depth)
        elif wanted in field_table().sections:
            section = field_table().sections[wanted]
            if value.shape != "map":
                yield fault_at(
                    "AM032",
                    value,
                    f"{name} is {_SHAPES[value.shape]}, not a map",
                    f"write keys: {', '.join(section.fields)}",
                )
            else:
                if section.operator is None:
                    yield from self.age(value, f"{name} as a map", section.since, None)
                yield from self.section(value, section, field.name if wanted != "route" else "a route", depth + 1)
        elif wanted != "any":
            yield from self.scalar(value, wanted, name, field)

    def many(self, value: Value, wanted: str, name: str, field: FieldType, depth: int) -> Iterator[Finding]:
        shape, _, inner = wanted[:-1].partition("<")
        if value.shape != shape:
            rule = "AM030" if field.type == "list<matcher>" else "AM032"
            hint = (
                "write a list of strings such as 'severity = \"critical\"'"
                if rule == "AM030"
                else f"write {_SHAPES[shape]}"
            )
            yield fault_at(rule, value, f"{name} is {_SHAPES[value.shape]}, not {_SHAPES[shape]}", hint)
            return
        single = {"route": "a route", "receiver": "a receiver", "inhibit_rule": "an inhibit rule"}
        for item in value.items if shape == "list" else value.pairs.values():
            if item.is_null:
                if inner == "OpsGenieConfigResponder":
                    yield fault_at("AM033", item, "a responder is empty", "add id, name or username, or remove it")
                elif inner == "route" or is_refused_null(inner, field.name, self.target):
                    yield fault_at("AM032", item, f"an item of {name} is empty", "add keys, or remove it")
                elif inner == "regex":
                    yield fault_at_key("AM017", item, f"{name} has an empty regular expression", "add one")
            elif inner in field_table().sections and item.shape == "map":
                section = field_table().sections[inner]
                yield from self.section(item, section, single.get(inner, field.name), depth + 1)
            else:
                yield from self.typed(item, inner, name, field, depth + 1)
        if shape == "map" and field.name.endswith(("match", "match_re")):
            for key, one in value.pairs.items():
                if not matchers.CLASSIC_NAME.match(key):
                    yield fault_at_key(
                        "AM017", one, f"{in_quotes(key)} is not a label name", "use matchers for names in UTF-8"
                    )

    def scalar(self, value: Value, wanted: str, name: str, field: FieldType) -> Iterator[Finding]:
        if value.shape != "scalar":
            yield fault_at(
                "AM032", value, f"{name} is {_SHAPES[value.shape]}, not {called(wanted)}", f"write {called(wanted)}"
            )
            return
        text = value.text
        if filled_later(text):
            return
        if wanted in _NUMBERS:
            yield from number_faults(value, wanted, name, operator=self.target.operator is not None)
        elif wanted == "bool" and truth(value) is None:
            yield fault_at(
                "AM032", value, f"{name} is {in_quotes(text)}, not true or false", "write true or false without quotes"
            )
        elif wanted == "duration" and durations.prometheus(text) is None:
            yield fault_at("AM018", value, f"{name} is {in_quotes(text)}, not a valid duration", duration_hint(text))
        elif wanted == "go_duration":
            yield from self.go_duration(value, name)
        elif wanted in {"url", "url_or_template", "any_url"}:
            yield from url_faults(value, self.url_type(wanted), name, field)
        elif wanted == "host:port" and text and not re.fullmatch(r"(?:\[[^\]]*\]|[^:]*):[^:]+", text):
            yield fault_at(
                "AM032", value, f"{name} is {in_quotes(text)}, not host:port", "add the port: 'smtp.example.org:587'"
            )
        elif wanted == "regex":
            yield from self.regex(value, name)
        elif wanted == "matcher":
            yield from self.matcher(value)
        elif field.enum and wanted == "string" and text not in field.enum:
            allowed = ", ".join(repr(one) for one in field.enum if one)
            yield fault_at("AM032", value, f"{name} is {in_quotes(text)}", f"use one of {allowed}")

    def regex(self, value: Value, name: str) -> Iterator[Finding]:
        """Yield a fault if a value is not a regular expression."""
        if is_null_text(value):
            message = f"{name} has {in_quotes(value.text)}, with which Alertmanager crashes"
            yield fault_at("AM017", value, message, f"write ({value.text})")
        elif reason := regex.pattern_fault(value.text):
            message = f"{in_quotes(value.text)} is not a valid regular expression: {reason}"
            yield fault_at("AM017", value, message, "write RE2, without look-around")

    def url_type(self, wanted: str) -> str:
        """Return the type of a URL for the version: addresses of webhooks are templates since 0.31."""
        return "url" if wanted == "url_or_template" and self.target.alertmanager < (0, 31) else wanted

    def go_duration(self, value: Value, name: str) -> Iterator[Finding]:
        by_operator = self.target.operator is not None and name.endswith(("timeout", "retry", "expire"))
        if name.endswith("timeout") and not by_operator and not value.style and value.tag in {"int", "float"}:
            yield from number_faults(value, "int64", name, operator=False)  # nanoseconds
            return
        if durations.go(value.text) is None:
            yield fault_at(
                "AM018",
                value,
                f"{name} is {in_quotes(value.text)}, not a valid duration",
                "write hours, minutes and seconds as in Go: 1h30m",
            )
        elif by_operator and durations.prometheus(value.text) is None:
            hint = "write whole numbers, from large units to small: 1m30s"
            yield fault_at("AM018", value, f"{name} is {in_quotes(value.text)}, which the operator cannot read", hint)

    def matcher(self, value: Value) -> Iterator[Finding]:
        hint = "write 'severity = \"critical\"' or 'severity =~ \"warning|critical\"'"
        try:
            matchers.parse_matchers(value.text, utf8=self.target.utf8)
        except matchers.MatcherError as error:
            yield fault_at("AM017", value, f"{in_quotes(value.text)} is not a valid matcher: {error}", hint)
            return
        if self.target.operator is None:
            return
        try:
            matchers.classic(value.text)
        except matchers.MatcherError as error:
            hint = "write the classic syntax for Prometheus Operator: name, operator, value in double quotes"
            yield fault_at(
                "AM017", value, f"{in_quotes(value.text)} is not a valid matcher for the operator: {error}", hint
            )

    def together(self, value: Value, section: Section, name: str) -> Iterator[Finding]:
        """Yield the faults of keys that exclude or require each other."""
        for keys in section.exclusive:
            there = [key for key in value.pairs if key in keys and is_set(value, key)]
            if len(there) > 1 and not (section.name == "sns_configs" and len(there) == len(keys)):
                mild: Severity | None = "warning" if section.exclusive_severity == "warning" else None
                yield fault_at_key(
                    "AM020", value.pairs[there[1]], f"{name} has both {there[0]} and {there[1]}", "keep one", mild
                )
        for need in section.needs:
            has = any(is_set(value, key) for key in need.keys)
            if not has and not (
                need.globals and (self.partial or any(is_set(self.globals, key) for key in need.globals))
            ):
                yield fault_at("AM020", value, f"{name} needs {' or '.join(need.keys)}", self.remedy(section, need))
        own = value.get("http_config") or self.globals.get("http_config")
        if section.authorization == "required" and own is not None and not has_authorization(own):
            yield fault_at(
                "AM020", value, f"{section.name} needs http_config.authorization", "add it with credentials_file"
            )
        yield from special_faults(value, section, name, self.target, self.globals)
