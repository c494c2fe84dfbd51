"""Notification templates: AM005, AM006, AM007, AM008, AM009."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ... import globs
from ...alertmanager import tpl
from ...alertmanager.fault import fault_at, fault_at_key, in_quotes
from ...alertmanager.gotemplate import Budget, TemplateError, parse_template
from ...alertmanager.gotemplate.nodes import Part
from ...alertmanager.model import Context, is_unknown
from ...alertmanager.notification import own_templates
from ...alertmanager.sample_alerts import run_error
from ...alertmanager.template_texts import (
    DIRECTORY,
    broken_texts,
    callable_in,
    is_loaded,
    known_templates,
    parsed_template,
    place_in,
    template_files_of,
    template_globs,
    template_pieces,
    templated_texts,
)
from ...alertmanager.templates import Calls, TemplateFault, template_faults
from ...alertmanager.value import Value
from ...alertmanager.versions import Version, version, version_text
from ...finding import Finding
from .configured import CHART, TEMPLATES, configuration_rule


@configuration_rule(
    "AM005",
    "error",
    "a text is not a valid template",
    explanation="""A brace or an end is missing, or a name is not valid in Go. Neither amtool nor Alertmanager parses
    the texts of receivers when loading them: the notification is lost when it should be sent, or sent blank from
    0.32 on.""",
    bad='text: "{{ range .Alerts }}{{ .Labels.alertname }}"\n',
    good='text: "{{ range .Alerts }}{{ .Labels.alertname }}{{ end }}"\n',
    source=TEMPLATES,
)
def broken_templates(context: Context) -> Iterator[Finding]:
    """Yield texts that are not valid templates (AM005)."""
    for name, effect, value, error in broken_texts(context):
        yield _broken(context, value, name, effect, error)
    for name, one in template_files_of(context).items():
        try:
            parse_template(one.text)
        except TemplateError as error:
            yield _broken(context, one, f"the template file {name}", "Alertmanager does not start", error)
    for glob in template_globs(context):
        read = context.read_neighbour if context.source.chart is None else None
        text = read(glob.text) if read is not None else None
        if text is not None:
            yield from _file_syntax(glob, text)


@configuration_rule(
    "AM008",
    "error",
    "braces for Alertmanager conflict with tplConfig",
    explanation="""With tplConfig: true Helm renders the configuration first. It silently replaces references to
    Alertmanager's data by nothing, and fails on functions that it does not have. Braces must be escaped then, and
    must not be escaped without tplConfig.""",
    bad=(
        "alertmanager:\n"
        "  tplConfig: true\n"
        "  config:\n"
        "    receivers:\n"
        "      - name: slack\n"
        "        slack_configs:\n"
        '          - text: "{{ .Status }}"\n'
    ),
    good=(
        "alertmanager:\n"
        "  tplConfig: true\n"
        "  config:\n"
        "    receivers:\n"
        "      - name: slack\n"
        "        slack_configs:\n"
        '          - text: \'{{ "{{" }} .Status {{ "}}" }}\'\n'
    ),
    source=CHART,
)
def escapes_for_helm(context: Context) -> Iterator[Finding]:
    """Yield texts that are escaped for Helm in a file that Helm does not read (AM008)."""
    if context.source.chart is not None:
        return  # reported when the values are read
    for _, value in templated_texts(context):
        if tpl.has_escaped_action(value.text):
            message = "this is escaped for Helm: Alertmanager sends the braces as text"
            yield fault_at(
                "AM008", value, message, "write {{ and }} unescaped: Helm does not read this file", "warning"
            )


def _file_syntax(glob: Value, text: str) -> Iterator[Finding]:
    try:
        parse_template(text)
    except TemplateError as error:
        line = text.count("\n", 0, error.at) + 1
        message = f"{glob.text}:{line} is not a valid template: {error}"
        yield fault_at("AM005", glob, message, "fix that file: Alertmanager does not start")


def _broken(context: Context, value: Value, name: str, effect: str, error: TemplateError) -> Finding:
    line, column = place_in(context, value, error.at)
    message = f"{name} is not a valid template: {error}"
    return Finding(line, column, message, f"fix it: {effect}, and amtool does not check it", code="AM005")


def _mistakes_of_all(context: Context) -> Iterator[Finding]:
    """Yield functions (AM006), fields (AM007) and templates (AM009) that do not exist."""
    known, complete = known_templates(context)
    calls = Calls()
    for piece in template_pieces(context):
        if not is_unknown(piece.value):
            found = callable_in(piece, known)
            yield from _mistakes(context, piece.value, piece.template.parts, found, "data", complete, calls)
            for parts in piece.template.defines.values():
                yield from _mistakes(context, piece.value, parts, found, "", complete, calls)
    for name, one in template_files_of(context).items():
        template = parsed_template(one.text)
        if template is not None and is_loaded(context, name):
            for parts in (template.parts, *template.defines.values()):
                yield from _mistakes(context, one, parts, known, "", complete, calls)


def _mistakes(
    context: Context,
    value: Value,
    parts: Sequence[Part],
    known: Mapping[str, Sequence[Part]],
    dot: str,
    complete: bool,
    calls: Calls,
) -> Iterator[Finding]:
    has = context.source.target.alertmanager
    for one in template_faults(parts, known, calls, dot):
        if not _is_for(one, has):
            continue
        effect = "the message is lost or blank" + ("" if one.rule == "AM006" else " where this is executed")
        message, hint = f"{one.message}: {effect}", one.hint
        if one.since:
            message = f"{one.name} requires Alertmanager {one.since}, but this is {version_text(has)}"
            hint = "upgrade Alertmanager, or do not use it"
            if version(one.since) <= has:
                message = f"{one.name} does not exist since Alertmanager {one.until}, and this is {version_text(has)}"
                hint = "define it in a file under templates"
        elif one.rule == "AM009":
            if not complete and ".default." not in one.name:
                continue
            hint = _closest(one.name, known, one.hint, calls)
        yield Finding(*place_in(context, value, one.at), message, hint, code=one.rule)


def _is_for(fault: TemplateFault, has: Version) -> bool:
    """Return whether a fault is one of this version of Alertmanager."""
    is_known = version(fault.since) <= has and not (fault.until and has >= version(fault.until))
    return not (fault.since and is_known)


def _closest(name: str, known: Mapping[str, Sequence[Part]], hint: str, calls: Calls) -> str:
    import difflib  # noqa: PLC0415 - only for what is wrong

    calls.guesses -= 1
    if calls.guesses < 0 or len(name) > 100 or len(known) > 1_000:
        return hint
    close = difflib.get_close_matches(name, [*known, *own_templates()], 1, 0.8)
    return f"did you mean {close[0]!r}?" if close else hint


def _unloaded(context: Context) -> Iterator[Finding]:
    """Yield template files that are not loaded, and globs that match nothing (AM009)."""
    chart = context.source.chart
    yield from _missing_files(context)
    for one in template_globs(context):
        if globs.is_refused_by_go(one.text) and not is_unknown(one) and not one.chart:
            message = f"{in_quotes(one.text)} is not a valid pattern: Alertmanager refuses the configuration"
            yield fault_at("AM009", one, message, "close every [, or write \\[ for the character")
    if chart is None or not chart.stack:
        return
    for one in template_globs(context):
        if not one.text.startswith("/") and not is_unknown(one) and not one.chart:
            message = f"{in_quotes(one.text)} matches nothing: paths are relative to /etc/alertmanager/config_out here"
            yield fault_at("AM009", one, message, f"write {DIRECTORY}{one.text.rsplit('/', 1)[-1]}")
    unclear = any(is_unknown(one) for one in template_globs(context))
    for name, value in template_files_of(context).items():
        if not is_loaded(context, name) and not unclear:
            listed = ", ".join(one.text for one in template_globs(context)) or "no entries"
            hint = f"rename it to end in .tmpl, or add {DIRECTORY}{name} to config.templates"
            yield fault_at_key("AM009", value, f"{name} is not loaded: templates has {listed}", hint)


def _missing_files(context: Context) -> Iterator[Finding]:
    """Yield entries of templates that name a file which is not there."""
    chart, read = context.source.chart, context.read_neighbour
    for one in template_globs(context):
        name = one.text.removeprefix(DIRECTORY)
        if (
            is_unknown(one)
            or one.chart
            or re.search(r"[*?\[\\]", one.text)
            or "/" in name[:1]
            or context.source.partial
        ):
            continue
        if chart is None and read is not None and read(name) is None and name == one.text:
            message, hint = f"the file {in_quotes(name)} does not exist beside this one", "add it, or remove the entry"
        elif chart is not None and chart.stack and name != one.text and name not in template_files_of(context):
            message = f"the file {in_quotes(one.text)} does not exist: templateFiles has no {in_quotes(name)}"
            hint = f"add it to alertmanager.templateFiles as {name}, or remove the entry"
        else:
            continue
        yield fault_at("AM009", one, f"{message}, so that Alertmanager loads nothing", hint, "warning")


def _failing(context: Context) -> Iterator[Finding]:
    """Yield templates that fail for all data (AM007)."""
    known, complete = known_templates(context)
    budget = Budget()
    calls = Calls()
    has = context.source.target.alertmanager
    for piece in template_pieces(context):
        templates = callable_in(piece, known)
        if (
            is_unknown(piece.value)
            or not complete
            or any(_is_for(one, has) for one in template_faults(piece.template.parts, templates, calls))
        ):
            continue  # reported already, or not known
        errors = [run_error(context, piece, count, templates, budget) for count in (1, 2)]
        if errors[0] is not None and errors[1] is not None and errors[0].at == errors[1].at:
            line, column = place_in(context, piece.value, errors[0].at)
            message = f"this fails when it is executed: {errors[0]}: the message is lost or blank"
            yield Finding(
                line, column, message, "pass values of the right type: (len .Alerts) is a number", code="AM007"
            )


@configuration_rule(
    "AM006",
    "error",
    "a template calls a function that Alertmanager does not have",
    explanation="""Alertmanager has Go's functions and about two dozen others, but none of Helm's (upper, default,
    trim). The texts of receivers are only parsed when a notification is sent: it is lost, or sent blank from 0.32 on.
    Functions that are newer than the configured version are reported with the version.""",
    bad='title: "{{ .Status | upper }}"\n',
    good='title: "{{ .Status | toUpper }}"\n',
    source=TEMPLATES,
)
def unknown_functions(context: Context) -> Iterable[Finding]:
    """Yield calls of functions that Alertmanager does not have (AM006)."""
    return context.once(_mistakes_of_all)


@configuration_rule(
    "AM007",
    "error",
    "a template reads a field that does not exist",
    explanation="""A notification has .Alerts, .CommonLabels, .GroupLabels and a few more fields; .Labels and
    .Annotations belong to one alert, inside range. Elsewhere they fail when they are executed: the notification is
    lost, or blank from 0.32 on.""",
    bad='text: "{{ .Annotations.summary }}"\n',
    good='text: "{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}"\n',
    source=TEMPLATES,
)
def unknown_fields(context: Context) -> Iterable[Finding]:
    """Yield fields that do not exist, and texts that fail for all data (AM007)."""
    yield from context.once(_mistakes_of_all)
    yield from _failing(context)


@configuration_rule(
    "AM009",
    "error",
    "a template or its file does not exist",
    explanation="""A text calls a template that is not defined, or is defined in a file that no entry of templates
    loads. With the operator a relative path is resolved in another folder and matches nothing. The notification is
    lost, or blank from 0.32 on. A pattern that is not valid makes Alertmanager refuse the configuration.""",
    bad="text: '{{ template \"slack.myteam.text\" . }}'\n",
    good="text: '{{ template \"slack.default.text\" . }}'\n",
    source=TEMPLATES,
)
def unknown_templates(context: Context) -> Iterable[Finding]:
    """Yield templates that do not exist, and template files that are not loaded (AM009)."""
    yield from context.once(_mistakes_of_all)
    yield from _unloaded(context)
