"""AM021 (secrets), AM024 (inhibition), AM027 (types of YAML) and AM035 (configuration that is not used)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from ... import globs
from ...alertmanager import logic
from ...alertmanager import routing_tree as routes
from ...alertmanager.chart_layouts import OPERATOR_SECRETS, ChartLayout, layout_of
from ...alertmanager.config_fields import FieldType, field_table
from ...alertmanager.details import filled_later
from ...alertmanager.fault import fault_at, fault_at_key, in_quotes, quoting_fix
from ...alertmanager.model import Context
from ...alertmanager.value import Value
from ...finding import Finding
from .configured import CHART, configuration_rule

# Where the operators of charts mount Secrets and ConfigMaps: the list, and its item.
_MOUNTED = {
    "kube-prometheus-stack": r"/etc/alertmanager/(secrets|configmaps)/([^/]+)/[^/]+\Z",
    "victoria-metrics-k8s-stack": r"/etc/vm/(secrets|configs)/([^/]+)/[^/]+\Z",
}
_PLACEHOLDER = re.compile(
    r"change.?me|dummy|place.?holder|replace.?me|your[-_ ]|/your/|\byour(?:api|key|pass|secret|slack|token|url|webhook)"
    r"|\bTODO\b|\bFIXME\b|\bxxx+|x{6,}|<[A-Za-z][A-Za-z0-9 _-]*>|\.\.\.|/T0{3,}",
    re.IGNORECASE,
)
_OF_PEOPLE = re.compile(r"<|[A-Z0-9_]+\Z")  # placeholders that no program is known to replace
_SCHEMES = ("http://", "https://")
_INFO_INHIBITOR = {"alertname": "InfoInhibitor", "severity": "none", "namespace": "default"}


@configuration_rule(
    "AM021",
    "error",
    "a secret is a placeholder, in plain text, or not mounted",
    explanation="""The text <secret>, which Alertmanager prints instead of secrets, loads but delivers nothing (error);
    so does a placeholder (warning). A secret in a values file is readable for everybody who can read the repository
    (warning; info in Alertmanager's own file). A file below /etc/alertmanager/secrets/NAME exists only if
    alertmanagerSpec.secrets has NAME (error).""",
    bad=("slack_configs:\n  - api_url: <secret>\n"),
    good=("slack_configs:\n  - api_url_file: /etc/alertmanager/secrets/slack/url\n"),
    source=CHART,
)
def exposed_secrets(context: Context) -> Iterator[Finding]:
    """Yield secrets that are placeholders, in plain text, or in files that are not mounted (AM021)."""
    open_ones: list[Value] = []
    for field, value in _fields(context):
        if value.chart or value.shape != "scalar" or not value.text:
            continue
        if field.secret and not field.type.startswith("list"):
            yield from _secret(context, field, value, open_ones)
        if field.type == "filepath" or field.name.endswith("_file"):
            yield from _mounted(context, value)
    if open_ones:
        first = min(open_ones, key=lambda one: one.place)
        others = f" (and {len(open_ones) - 1} more)" if len(open_ones) > 1 else ""
        message = f"a secret is in plain text in this file{others}"
        yield fault_at("AM021", first, message, "put it into a file, and use the key that ends in _file", "info")
    for one in context.config.list_of("templates"):
        if one.shape == "scalar" and not one.chart and not globs.is_refused_by_go(one.text):
            yield from _mounted(context, one)


def _secret(context: Context, field: FieldType, value: Value, open_ones: list[Value]) -> Iterator[Finding]:
    file = field.file
    hint = f"put it into a file, and set {file}" if file else "write the real value"
    if value.text == "<secret>":
        message = f"{field.name} is <secret>, as Alertmanager prints secrets: it loads, but nothing is delivered"
        yield fault_at("AM021", value, message, hint, "error")
    elif "{{" in value.text or (filled_later(value.text) and not _OF_PEOPLE.match(value.text)):
        return
    elif _PLACEHOLDER.search(value.text):
        message = f"{field.name} is a placeholder: nothing is delivered until it is replaced"
        yield fault_at("AM021", value, message, hint, "warning")
    elif field.name == "url" or (field.type == "url" and not value.text.casefold().startswith(_SCHEMES)):
        return  # the address of a webhook is rarely a secret; what is no address is told by AM032
    elif context.source.chart is None:
        open_ones.append(value)
    else:
        yield fault_at("AM021", value, f"{field.name} is in plain text in this file", hint, "warning")


def _mounted(context: Context, value: Value) -> Iterator[Finding]:
    chart = context.source.chart
    if chart is None:
        return
    layout = layout_of(chart.name)
    path = posixpath.normpath(value.text)  # as the system reads // and /./
    if layout.by_name and (found := re.match(_MOUNTED.get(chart.name, r"(?!)"), path)):
        key, name = {"secrets": "secrets", "configmaps": "configMaps", "configs": "configMaps"}[found[1]], found[2]
        listed = (*layout.mounts[:-1], key)
        if any("{{" in one.text or _is_named(one.text, name) for one in chart.part.list_of(*listed)):
            return
        if context.source.partial and chart.part.get(*listed) is None:
            return  # other values may mount it
        place = ".".join(listed)
        message = f"{in_quotes(value.text)} does not exist: {name!r} is not in {place}, which mounts it"
        hint = f"add {'.'.join((*layout.section, *listed))}: [{name}]"
        if not globs.is_plain(name):
            message, hint = f"{in_quotes(value.text)} matches nothing that {place} mounts", "correct one of the two"
    elif path.startswith(tuple(f"{one}/" for one in {layout.folder, OPERATOR_SECRETS} - _named_folders(layout))):
        if context.source.partial and chart.part.get(*layout.mounts) is None:
            return
        place = ".".join((*layout.section, *layout.mounts))
        message = f"{in_quotes(value.text)} does not exist: the values mount nothing there"
        hint = f"mount the Secret with {place}, at {layout.folder}/NAME" + ("" if layout.by_name else ", as mountPath")
    else:
        return
    folders = path.rpartition("/")[0]
    if _volume(chart.part, layout, path) or re.search(r"/\*+(?:/|\Z)", folders):
        return  # a glob for all that is mounted
    yield fault_at("AM021", value, message, hint, "error" if globs.is_plain(folders) else "warning")


def _is_named(name: str, glob: str) -> bool:
    """Return whether a name is that in a path, in which Alertmanager takes wildcards; true if that is not certain.

    Source: Match in https://pkg.go.dev/path/filepath; ``**`` is ``*``.
    """
    return name == glob or re.search(r"\\|\[!", glob) is not None or globs.matches(name, glob.replace("[^", "[!"))


def _named_folders(layout: ChartLayout) -> set[str]:
    """Return the folder in which an operator mounts Secrets by their names."""
    return {layout.folder} if layout.by_name else set()


def _volume(part: Value, layout: ChartLayout, path: str) -> bool:
    """Return whether a volume is mounted at a path, which may be a glob, or above it."""
    above = layout.mounts[:-1]
    lists = ("volumeMounts", "extraVolumeMounts", "extraSecretMounts")
    mounts = (one.text_of("mountPath") for key in lists for one in part.list_of(*above, key))
    parts = path.split("/")
    return any(
        len(names := one.rstrip("/").split("/")) <= len(parts) and all(map(_is_named, names, parts))
        for one in mounts
        if one
    )


def _fields(context: Context) -> Iterator[tuple[FieldType, Value]]:
    """Yield all keys in the table with their values, including those of nested sections."""
    sections = field_table().sections
    stack: list[tuple[str, Value]] = [("top", context.config)]
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            for key, one in item.pairs.items():
                if key in section.fields:
                    yield section.fields[key], one
                    stack += _nested(section.fields[key], one)
    while stack:
        name, value = stack.pop()
        for key, one in value.pairs.items():
            field = sections[name].fields.get(key)
            if field is not None:
                yield field, one
                stack += _nested(field, one)


def _nested(field: FieldType, value: Value) -> Iterator[tuple[str, Value]]:
    inner = re.sub(r"\A(?:list|map)<(.*)>\Z", r"\1", field.type).split("|")[-1]
    if inner in field_table().sections and inner not in {"route", "receiver"}:
        for one in (value, *value.items, *value.pairs.values()) if field.type.startswith(("list", "map")) else (value,):
            if one.shape == "map":
                yield inner, one


@configuration_rule(
    "AM027",
    "error",
    "a text that YAML reads as another type",
    explanation="""#alerts without quotes is a comment, so that the channel is empty. Helm reads off and NO as false,
    0123 as 83 and 1e3 as 1000, and passes these values to Alertmanager. (Alertmanager's own file keeps the text of
    plain scalars.)""",
    bad=("slack_configs:\n  - channel: #alerts\n"),
    good=('slack_configs:\n  - channel: "#alerts"\n'),
    source=CHART,
)
def retyped_texts(context: Context) -> Iterator[Finding]:
    """Yield texts that YAML or Helm reads as another type (AM027)."""
    lines = context.text.split("\n")
    helm = context.source.chart is not None
    for field, value in _fields(context):
        texts = [value] if field.type in _TEXTS else list(value.items) if field.type == "list<string>" else []
        if field.type == "map<string>":
            texts = list(value.pairs.values())
        for one in texts:
            yield from _retyped(one, field, lines, helm=helm)
    for path in context.paths:
        for key in ("receiver", "group_by", "match", "match_re"):
            there = path[-1].value.pairs.get(key)
            for one in there.scalars() if there is not None else ():
                yield from _retyped(one, FieldType(key, "string"), lines, helm=helm)
    for receiver in context.receivers:
        name = receiver.value.pairs.get("name")
        if name is not None:
            yield from _retyped(name, FieldType("name", "string"), lines, helm=helm)


_TEXTS = {"string", "url", "any_url", "filepath", "host:port", "url_or_template", "regex"}


def _retyped(one: Value, field: FieldType, lines: list[str], *, helm: bool) -> Iterator[Finding]:
    if one.chart or one.shape != "scalar" or one.start < 0:
        return
    if one.is_null and not one.source and one.key_line and one.key_line <= len(lines):
        behind = re.search(r":\s+(#[^\s#]\S*)", lines[one.key_line - 1][one.key_column - 1 :])
        if behind:
            message = f"{field.name} is empty: YAML reads {behind[1]} as a comment"
            yield fault_at_key("AM027", one, message, f'write it in quotes: "{behind[1]}"')
    elif helm and one.tag in {"bool", "int", "float"} and one.text != one.source:
        taken = f"YAML reads {one.source} as {_TYPES[one.tag]}, and Helm rewrites it"
        message = f"{field.name} becomes {in_quotes(one.text)}: {taken}"
        yield fault_at("AM027", one, message, f'write it in quotes: "{one.source}"', fix=quoting_fix(one))


_TYPES = {"bool": "a boolean", "int": "a number", "float": "a number"}


@configuration_rule(
    "AM024",
    "warning",
    "an inhibit rule that silences too much, or nothing",
    explanation="""Without a target a rule silences every alert; without equal, one source alert silences all targets
    (info); with equal source and target it silences nothing. inhibit_rules in the values replace the chart's, which
    keep InfoInhibitor from being sent.""",
    bad=("inhibit_rules:\n  - source_matchers: [severity = critical]\n"),
    good=(
        "inhibit_rules:\n"
        "  - source_matchers: [severity = critical]\n"
        "    target_matchers: [severity = warning]\n"
        "    equal: [namespace, alertname]\n"
    ),
)
def odd_inhibit_rules(context: Context) -> Iterator[Finding]:
    """Yield inhibit rules that silence too much or nothing, and lost rules of the chart (AM024)."""
    for one in context.inhibitions:
        if one.value.chart:
            continue
        source = any(key.startswith("source_") for key in one.value.pairs)
        if not one.target:
            if not any(key.startswith("target_") for key in one.value.pairs):
                message = "this inhibit rule has no target: it silences every alert"
                yield fault_at("AM024", one.value, message, "add target_matchers")
        elif source and one.source and not one.equal:
            message = "this inhibit rule has no equal: one source alert silences all targets, even of other namespaces"
            yield fault_at(
                "AM024",
                one.value,
                message,
                "add equal: [namespace, alertname], or leave it if that is intended",
                "info",
            )
        both = one.source and one.target and logic.implies(one.source, one.target)
        if both and logic.implies(one.target, one.source):
            message = f"this inhibit rule silences nothing: source and target are both {routes.describe(one.source)}"
            hint = "make them differ: an alert that matches both sides is never silenced by another such alert"
            yield fault_at("AM024", one.value, message, hint)
    yield from _lost(context)


def _lost(context: Context) -> Iterator[Finding]:
    own = context.source.own
    lost = own.pairs.get("inhibit_rules") if own is not None else None
    if lost is None or not context.stack or context.root is None:
        return
    if any(one.sources(_INFO_INHIBITOR) is not None for one in context.inhibitions):
        return
    if not any(context.sends(path[-1].receiver) for path in context.root.reached(_INFO_INHIBITOR)):
        return
    message = "this list replaces the chart's, which keeps InfoInhibitor from being sent: it notifies people now"
    yield fault_at_key(
        "AM024", lost, message, "add - target_matchers: ['alertname = InfoInhibitor'], or route it to \"null\""
    )


@configuration_rule(
    "AM035",
    "error",
    "a configuration that is never used",
    explanation="""stringConfig is only read with tplConfig: true. A config that is text becomes a YAML string, which
    Alertmanager cannot load. alertmanagerSpec.config is not rendered. useExistingSecret and alertmanagerConfiguration
    take the configuration from elsewhere. A section at the top of the values of a chart that has it below the key of a
    dependency is a warning.""",
    bad=("alertmanager:\n  stringConfig: |\n    route: {receiver: a}\n    receivers: [{name: a}]\n"),
    good=(
        "alertmanager:\n  tplConfig: true\n  stringConfig: |\n    route: {receiver: a}\n    receivers: [{name: a}]\n"
    ),
    source=CHART,
)
def unused_configuration(context: Context) -> Iterable[Finding]:
    """Report configurations that are never used."""
    return ()  # reported when the file is read
