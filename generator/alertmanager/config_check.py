"""Whether a configuration has the keys and types that Alertmanager loads, in its version and under the operator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..nearest import Guesses
from . import anchored as regex
from . import durations, matchers
from .config_fields import FieldType, Section, Version, table, version
from .details import called, duration_hint, filled_later, is_empty, is_set, number_faults, special_faults, url_faults
from .fault import Fault, Severity, at_key, fault, quoted
from .value import Value, truth

_SHAPES = {"map": "a map", "list": "a list", "scalar": "text"}
_NUMBERS = frozenset({"int", "int64", "uint", "float"})


@dataclass(frozen=True)
class Target:
    """What will read the configuration: Alertmanager's version, and the operator's (None where there is none)."""

    alertmanager: Version
    operator: Version | None

    @property
    def utf8(self) -> bool:
        """Whether matchers may have UTF-8 names."""
        return self.alertmanager >= (0, 27)


def check(config: Value, target: Target) -> Iterator[Fault]:
    """Yield what Alertmanager or the operator would refuse."""
    sections = table().sections
    if config.shape != "map":
        yield fault("AM032", config, "the configuration is no map", "it has the keys route, receivers, …")
        return
    yield from _Check(target, config.get("global") or Value("map")).section(
        config, sections["top"], "the configuration"
    )


@dataclass(frozen=True)
class _Check:
    target: Target
    globals: Value
    guesses: Guesses = field(default_factory=Guesses)

    def section(self, value: Value, section: Section, name: str, depth: int = 0) -> Iterator[Fault]:
        """Yield the faults of a map with the keys of a section."""
        fields: Mapping[str, FieldType] = section.fields
        receivers = table().receivers if section.name == "receiver" else {}
        if depth > 100:
            yield fault("AM032", value, f"{name} is nested deeper than 100 levels", "flatten it")
            return
        for key, one in value.pairs.items():
            if key in receivers:
                yield from self.integrations(one, receivers[key])
            elif key in fields:
                yield from self.field(one, fields[key], name, depth)
            else:
                yield self.unknown(one, key, [*fields, *receivers], name)
        for wanted in fields.values():
            found = value.pairs.get(wanted.name)
            if wanted.flag("required") and wanted.name != "route" and (found is None or is_empty(found)):
                where = found if found is not None else value
                yield fault(
                    "AM033", where, f"{name} has no {wanted.name}", wanted.data.get("about") or f"add {wanted.name}"
                )
        yield from self.together(value, section, name)

    def unknown(self, one: Value, key: str, known: list[str], name: str) -> Fault:
        snake = re.sub(r"(?<=[a-z0-9])([A-Z]+)", lambda match: "_" + match.group(1).lower(), key).lower()
        if key != snake and any(one in known for one in (snake, snake.replace("_url", "_url_file"))):
            hint = f"in a configuration it is {snake}; {key} is how the AlertmanagerConfig resource spells it"
            return at_key("AM030", one, f"unknown key {quoted(key)} in {name}", hint)
        close = self.guesses.nearest(key, known)
        hint = f"did you mean {close!r}?" if close else f"known here: {', '.join(sorted(known))}"
        return at_key("AM031", one, f"unknown key {quoted(key)} in {name}", hint)

    def integrations(self, value: Value, section: Section) -> Iterator[Fault]:
        """Yield the faults of the list behind ``slack_configs`` and the like."""
        yield from self.age(value, section.name, section.since, rejected=section.rejected, since_operator="")
        if value.is_null:
            return
        if value.shape != "list":
            yield fault("AM032", value, f"{section.name} is {_SHAPES[value.shape]}, not a list", "begin each with '- '")
            return
        for item in value.items:
            if item.shape != "map":
                what = "nothing" if item.is_null else _SHAPES[item.shape]
                yield fault(
                    "AM032", item, f"an item of {section.name} is {what}, not a map", "give it keys, or remove it"
                )
            else:
                yield from self.section(item, section, section.name)

    def field(self, value: Value, field: FieldType, name: str, depth: int) -> Iterator[Fault]:
        operator = field.data.get("operator", "")
        yield from self.age(value, field.name, field.since, rejected=operator is None, since_operator=operator or "")
        if not value.is_null:
            yield from self.typed(value, field.type, f"{name}.{field.name}", field, depth)

    def age(self, value: Value, name: str, since: str, *, rejected: bool, since_operator: str) -> Iterator[Fault]:
        has = self.target.alertmanager
        if version(since) > has and since != "0.15":
            message = f"{name} came with Alertmanager {since}, and this is {has[0]}.{has[1]}"
            yield at_key(
                "AM014", value, message, "Alertmanager refuses the whole configuration: upgrade it, or leave this out"
            )
        elif self.target.operator is not None:
            late = since_operator and version(since_operator) > self.target.operator
            if rejected or late:
                when = f"before {since_operator}" if late else f"up to {table().newest['operator']}"
                message = f"Prometheus Operator {when} does not know {name}, and then refuses the whole configuration"
                yield at_key("AM014", value, message, "leave it out: the old configuration stays live without a word")

    def typed(self, value: Value, wanted: str, name: str, field: FieldType, depth: int) -> Iterator[Fault]:
        """Yield the faults of a value that is not null against a type of the table."""
        if "|" in wanted:
            branches = wanted.split("|")
            fits = [one for one in branches if (one in table().sections) == (value.shape == "map")]
            wanted = fits[0] if fits else branches[0]
        if wanted.startswith(("list<", "map<")):
            yield from self.many(value, wanted, name, field, depth)
        elif wanted in table().sections:
            section = table().sections[wanted]
            if value.shape != "map":
                yield fault(
                    "AM032",
                    value,
                    f"{name} is {_SHAPES[value.shape]}, not a map",
                    f"it has keys: {', '.join(section.fields)}",
                )
            else:
                if section.rejected and self.target.operator is not None:
                    yield from self.age(value, f"a map for {field.name}", "0.15", rejected=True, since_operator="")
                yield from self.section(value, section, field.name if wanted != "route" else "a route", depth + 1)
        elif wanted != "any":
            yield from self.scalar(value, wanted, name, field)

    def many(self, value: Value, wanted: str, name: str, field: FieldType, depth: int) -> Iterator[Fault]:
        shape, _, inner = wanted[:-1].partition("<")
        if value.shape != shape:
            rule = "AM030" if field.type == "list<matcher>" else "AM032"
            hint = (
                "write a list of texts such as 'severity = \"critical\"'"
                if rule == "AM030"
                else f"write {_SHAPES[shape]}"
            )
            yield fault(rule, value, f"{name} is {_SHAPES[value.shape]}, not {_SHAPES[shape]}", hint)
            return
        single = {"route": "a route", "receiver": "a receiver", "inhibit_rule": "an inhibit rule"}
        for item in value.items if shape == "list" else value.pairs.values():
            if item.is_null:
                if inner in {"route", "receiver"}:  # of others Go makes an empty one
                    yield fault("AM032", item, f"an item of {name} is empty", "give it keys, or remove it")
                elif inner == "regex":
                    yield at_key("AM017", item, f"{name} has no regular expression here", "give it one")
            elif inner in table().sections and item.shape == "map":
                section = table().sections[inner]
                yield from self.section(item, section, single.get(inner, field.name), depth + 1)
            else:
                yield from self.typed(item, inner, name, field, depth + 1)
        if shape == "map" and field.name.endswith(("match", "match_re")):
            for key, one in value.pairs.items():
                if not matchers.CLASSIC_NAME.match(key):
                    yield at_key("AM017", one, f"{quoted(key)} is no label name", "use matchers for names in UTF-8")

    def scalar(self, value: Value, wanted: str, name: str, field: FieldType) -> Iterator[Fault]:
        if value.shape != "scalar":
            yield fault(
                "AM032", value, f"{name} is {_SHAPES[value.shape]}, not {called(wanted)}", f"write {called(wanted)}"
            )
            return
        text = value.text
        if filled_later(text):
            return
        if wanted in _NUMBERS:
            yield from number_faults(value, wanted, name)
        elif wanted == "bool" and truth(value) is None:
            yield fault(
                "AM032", value, f"{name} is {quoted(text)}, not true or false", "write true or false without quotes"
            )
        elif wanted == "duration" and durations.prometheus(text) is None:
            yield fault("AM018", value, f"{name} is {quoted(text)}, no duration", duration_hint(text))
        elif wanted == "go_duration":
            yield from self.go_duration(value, name)
        elif wanted in {"url", "url_or_template"}:
            yield from url_faults(value, wanted, name, field)
        elif wanted == "host:port" and not re.fullmatch(r"(?:\[[^\]]*\]|[^:]*):[^:]+", text):
            yield fault(
                "AM032", value, f"{name} is {quoted(text)}, not host:port", "add the port: 'smtp.example.org:587'"
            )
        elif wanted == "regex" and (reason := regex.fault(text)):
            yield fault(
                "AM017",
                value,
                f"{quoted(text)} is no regular expression: {reason}",
                "Alertmanager has RE2, without lookaround",
            )
        elif wanted == "matcher":
            yield from self.matcher(value)
        elif "enum" in field.data and wanted == "string" and text not in field.data["enum"]:
            allowed = ", ".join(repr(one) for one in field.data["enum"])
            yield fault("AM032", value, f"{name} is {quoted(text)}", f"it is one of {allowed}")

    def go_duration(self, value: Value, name: str) -> Iterator[Fault]:
        if durations.go(value.text) is None:
            yield fault(
                "AM018",
                value,
                f"{name} is {quoted(value.text)}, no duration",
                "here Go reads it: hours, minutes, seconds (1h30m)",
            )
        elif self.target.operator is not None and name.endswith("timeout") and durations.prometheus(value.text) is None:
            hint = "write whole numbers, from large units to small: 1m30s"
            yield fault("AM018", value, f"{name} is {quoted(value.text)}, which the operator cannot read", hint)

    def matcher(self, value: Value) -> Iterator[Fault]:
        hint = "write 'severity = \"critical\"' or 'severity =~ \"warning|critical\"'"
        try:
            matchers.parse(value.text, utf8=self.target.utf8)
        except matchers.MatcherError as error:
            yield fault("AM017", value, f"{quoted(value.text)} is no matcher: {error}", hint)
            return
        if self.target.operator is None:
            return
        try:
            matchers.classic(value.text)
        except matchers.MatcherError as error:
            hint = "Prometheus Operator reads the classic syntax alone: name, operator, value in double quotes"
            yield fault("AM017", value, f"{quoted(value.text)} is no matcher for the operator: {error}", hint)

    def together(self, value: Value, section: Section, name: str) -> Iterator[Fault]:
        """Yield the faults of keys that exclude or need each other."""
        for keys in section.exclusive:
            there = [key for key in value.pairs if key in keys and is_set(value, key)]
            if len(there) > 1:
                mild: Severity = "warning" if section.name == "email_configs" else None
                yield at_key(
                    "AM020", value.pairs[there[1]], f"{name} has both {there[0]} and {there[1]}", "keep one", mild
                )
        for here, there_ in section.needs:
            if not any(is_set(value, key) for key in here) and not any(is_set(self.globals, key) for key in there_):
                where = f", or global.{there_[0]}" if there_ else ""
                yield fault("AM020", value, f"{name} has none of {', '.join(here)}", f"add {here[0]}{where}")
        own = value.get("http_config") or self.globals.get("http_config")
        if section.name == "webex_configs" and own is not None and not own.get("authorization"):
            yield fault("AM020", value, "webex_configs needs http_config.authorization", "add it with credentials_file")
        yield from special_faults(value, section, name)
