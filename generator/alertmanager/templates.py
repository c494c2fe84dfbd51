"""Static checks of notification templates: functions, fields, calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .config_fields import DefaultTemplate
from .gotemplate.nodes import (
    Action,
    Argument,
    Branch,
    Dot,
    Field,
    Function,
    Literal,
    Part,
    Pipe,
    PipeCommand,
    TemplateCall,
    TemplateVariable,
)
from .notification import GO_FUNCTIONS, functions, own_templates
from .template_functions import JOINS_ANY_LIST, is_bad_pattern, parameters
from .template_types import (
    FIELDS_OF,
    FIELDS_SINCE,
    ITEMS_OF,
    LISTS_OF_OTHERS,
    NAMES_OF,
    RANGES_OVER_NUMBERS,
    REFUSED,
    TEXT_RESULTS,
    WANTED,
)
from .versions import OLDEST


@dataclass(frozen=True)
class TemplateFault:
    """A fault at an offset of a text: ``rule`` is its code, ``name`` the name at fault.

    ``since`` is the first version that has the name, if it is only wrong for older versions, ``until`` the first
    that no longer has it.
    """

    rule: str
    name: str
    at: int
    message: str
    hint: str
    since: str = ""
    until: str = ""


@dataclass
class Calls:
    """The remaining work for calls of templates; beyond it, faults are not reported.

    ``left`` counts parts of called templates, ``guesses`` undefined names.
    """

    left: int = 100_000
    guesses: int = 100


@dataclass
class _Walk:
    templates: Mapping[str, Sequence[Part]]
    calls: Calls
    found: list[TemplateFault] = field(default_factory=list)
    done: set[tuple[str, str]] = field(default_factory=set)
    reads: list[tuple[str, int]] = field(default_factory=list)  # annotations by name, with offsets
    inside: int = 0  # depth of calls

    def parts(self, parts: Sequence[Part], dot: str, names: dict[str, str]) -> None:
        for part in parts:
            self.calls.left -= self.inside
            match part:
                case Action():
                    self.pipe(part.pipe, dot, names)
                case Branch():
                    self.branch(part, dot, names)
                case TemplateCall():
                    given = self.pipe(part.pipe, dot, names) if part.pipe else "nothing"
                    self.call(part, given)

    def branch(self, part: Branch, dot: str, names: dict[str, str]) -> None:
        own = dict(names)
        found = self.pipe(part.pipe, dot, own)
        inner = dot
        if part.word == "with":
            inner = found
        elif part.word == "range":
            inner = ITEMS_OF.get(found, "number" if found == "number" else "")
            if found == "number":
                name = "range over a number"
                self.found.append(TemplateFault("AM006", name, part.at, "", "", RANGES_OVER_NUMBERS))
            variables = part.pipe.variables
            if variables:
                own[variables[-1]] = inner
            if len(variables) > 1:
                own[variables[0]] = "text" if found in {"kv", "notes"} else ""
        self.parts(part.body, inner, dict(own))
        self.parts(part.otherwise, dot, dict(own))

    def call(self, part: TemplateCall, given: str) -> None:
        if part.name in self.templates:
            if (part.name, given) not in self.done and len(self.done) < 200 and self.calls.left > 0:
                self.done.add((part.name, given))
                mark, before = len(self.found), len(self.reads)
                self.inside += 1
                self.parts(self.templates[part.name], given, {"$": given})
                self.inside -= 1
                inner = self.found[mark:]
                del self.found[mark:]
                self.reads[before:] = [(name, part.at) for name, _ in self.reads[before:]]
                # Unknown functions and calls are reported once, at the definition; here only faults of this call.
                for one in inner:
                    if one.rule == "AM007":
                        hint = f"{part.name!r} is called with {NAMES_OF.get(given, 'something else')}"
                        self.found.append(
                            TemplateFault("AM007", one.name, part.at, f"{one.message}, in {part.name!r}", hint)
                        )
        elif (own := own_templates().get(part.name)) is not None:
            self.own(part, own, given)
        else:
            hint = "define it in a file under templates, or use the name of an existing one"
            self.found.append(TemplateFault("AM009", part.name, part.at, f"no template {part.name!r} is defined", hint))

    def own(self, part: TemplateCall, own: DefaultTemplate, given: str) -> None:
        """Check the call of a template that Alertmanager defines: its version, and what it is called with."""
        if own.since != OLDEST or own.until:
            self.found.append(
                TemplateFault("AM009", f"the template {part.name!r}", part.at, "", "", own.since, own.until)
            )
        fits = {"data": ("data",), "alerts": ("alerts", "some", "nothing")}.get(own.takes)
        if fits is not None and given not in fits and given in {*NAMES_OF, "kv", "notes", "nothing"}:
            what = NAMES_OF.get(given, given if given == "nothing" else "labels")
            message = f"the template {part.name!r} fails when it is called with {what}"
            call = f'{{{{ template "{part.name}" {"$" if own.takes == "data" else ".Alerts"} }}}}'
            self.found.append(TemplateFault("AM007", part.name, part.at, message, f"write {call}"))

    def pipe(self, pipe: Pipe, dot: str, names: dict[str, str]) -> str:
        found = ""
        for number, command in enumerate(pipe.commands):
            found = self.command(command, dot, names, [found] if number else [])
        if pipe.variables:
            names[pipe.variables[-1]] = found
        return found

    def command(self, command: PipeCommand, dot: str, names: dict[str, str], last: list[str]) -> str:
        """Return the type of a command's result; ``last`` is that of what is piped into it, if anything is."""
        first, *rest = command.arguments
        given = [self.argument(one, dot, names) for one in rest]
        if not isinstance(first, Function):
            return self.argument(first, dot, names)
        self.function(first)
        self.arguments(first, rest, [*given, *last])
        if first.name == "index" and rest and not last:
            if given[0] == "notes" and len(rest) > 1 and isinstance(rest[1], Literal):
                self.reads.append((str(rest[1].value), command.at))
            return "text" if given[0] in {"kv", "notes"} else ITEMS_OF.get(given[0], "") if len(rest) == 2 else ""
        if first.name in {"or", "and"} and given and len(set(given)) == 1:
            return given[0]
        if first.name in {"len", "addDuration"}:
            return "number"
        return "text" if first.name in TEXT_RESULTS else ""

    def arguments(self, first: Function, rest: Sequence[Argument], given: Sequence[str]) -> None:
        """Check the number and types of a function's arguments, and its pattern if that is a constant."""
        known = parameters(first.name)
        if known is None:
            return
        types, more = known
        reason = ""
        if len(given) < len(types) or (len(given) > len(types) and not more):
            least = " or more" if more else ""
            reason = f"it takes {len(types)} argument{'s' * (len(types) != 1)}{least}, not {len(given)}"
        for number, one in enumerate(given):
            wanted = types[number] if number < len(types) else more
            if not reason and one in REFUSED.get(wanted, ()):
                reason = f"argument {number + 1} is {NAMES_OF.get(one, 'nothing' if one == 'nothing' else 'labels')}"
                reason += f", not {WANTED[wanted]}"
        if not reason and first.name in {"match", "reReplaceAll"} and rest and isinstance(rest[0], Literal):
            pattern = rest[0].value
            if isinstance(pattern, str) and is_bad_pattern(pattern):
                reason = f"{pattern[:60]!r} is not a valid regular expression"
        if first.name == "join" and not reason and given[1] in LISTS_OF_OTHERS:
            name = "join of a list that is not of text"
            self.found.append(TemplateFault("AM006", name, first.at, "", "", JOINS_ANY_LIST))
        if reason:
            message = f"{first.name} fails whenever it is executed: {reason}"
            self.found.append(TemplateFault("AM007", first.name, first.at, message, "fix its arguments"))

    def function(self, one: Function) -> None:
        if one.name in GO_FUNCTIONS:
            return
        since = functions().get(one.name, "")
        if not since:
            self.found.append(
                TemplateFault(
                    "AM006", one.name, one.at, f"the function {one.name!r} does not exist", _instead(one.name)
                )
            )
        elif since != "0.15":
            self.found.append(TemplateFault("AM006", one.name, one.at, "", "", since))

    def argument(self, one: Argument, dot: str, names: dict[str, str]) -> str:
        match one:
            case Dot():
                return dot
            case TemplateVariable():
                return names.get(one.name, "")
            case Pipe():
                return self.pipe(one, dot, names)
            case Function():
                return self.command(PipeCommand((one,), one.at), dot, names, [])
            case Literal():
                number = isinstance(one.value, int) and not isinstance(one.value, bool)
                return "text" if isinstance(one.value, str) else "number" if number else ""
            case Field():
                return self.field(one, dot if one.base is None else self.argument(one.base, dot, names))

    def field(self, one: Field, start: str) -> str:
        found = start
        for name in one.names:
            known = FIELDS_OF.get(found)
            if known is None:
                return "nothing" if found == "nothing" else ""
            if name in known:
                if found == "data" and name in FIELDS_SINCE:
                    self.found.append(TemplateFault("AM006", f".{name}", one.at, "", "", FIELDS_SINCE[name]))
                found = known[name]
            elif found in {"kv", "notes"}:
                if found == "notes":
                    self.reads.append((name, one.at))
                found = "text"
            else:
                message = f".{name} does not exist: {NAMES_OF[found]} has no such field"
                self.found.append(TemplateFault("AM007", name, one.at, message, _where(found, name)))
                return ""
        return found


def template_faults(
    parts: Sequence[Part], templates: Mapping[str, Sequence[Part]], calls: Calls, dot: str = "data"
) -> Iterator[TemplateFault]:
    """Yield the faults of a template for data of type ``dot``; ``new`` are names added by versions."""
    walk = _Walk(templates, calls)
    walk.parts(parts, dot, {"$": dot})
    yield from {(one.rule, one.since, one.name, one.at): one for one in walk.found}.values()


def annotations_of(
    parts: Sequence[Part], templates: Mapping[str, Sequence[Part]], calls: Calls
) -> list[tuple[str, int]]:
    """Return the names and offsets of annotations that a template and its called templates read."""
    walk = _Walk(templates, calls)
    walk.parts(parts, "data", {"$": "data"})
    return walk.reads


def _where(sort: str, name: str) -> str:
    if sort == "data" and name in {"Labels", "Annotations"}:
        return f"only alerts have it: {{{{ range .Alerts }}}}{{{{ .{name}.… }}}}{{{{ end }}}}, or .Common{name}"
    if sort in {"alerts", "some"} and name in {*FIELDS_OF["alert"]}:
        return f"read it from each alert: {{{{ range .Alerts }}}}{{{{ .{name} }}}}{{{{ end }}}}"
    if sort == "alert" and name in FIELDS_OF["data"]:
        return f"inside range the notification is $: $.{name}"
    known = ", ".join(f".{one}" for one in sorted(FIELDS_OF[sort]))
    return f"it has {known}" if known else "it has no fields"


def _instead(name: str) -> str:
    close = {
        "upper": "toUpper",
        "lower": "toLower",
        "trim": "trimSpace",
        "replace": "reReplaceAll",
        "contains": "match",
    }
    if name in close:
        return f"use {close[name]!r}: Helm's functions are not available in Alertmanager"
    if name == "default":
        return 'write {{ or .Annotations.summary "none" }}'
    return "Alertmanager has " + ", ".join(sorted(functions()))
