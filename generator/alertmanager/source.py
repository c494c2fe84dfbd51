"""Read the configuration that Alertmanager gets: its own file, or Helm values merged over the chart's defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..errors import Invalid
from ..finding import Finding
from ..yaml import Node, parse
from . import tpl
from .chart_dependencies import KnownChart, unread_section
from .chart_layouts import STACK, layout_of
from .chart_settings import Chart, rendered_text
from .decoding import ALERTMANAGER, OPERATOR
from .fault import fault_at, fault_at_key
from .helm import default_config, merged_values, placed
from .value import Value, read_value, rendered, shifted
from .versions import Versions, version


@dataclass(frozen=True)
class Source:
    """A configuration as Alertmanager gets it. ``own`` is the part that the user wrote, or None.

    ``partial`` says that Helm merges other values into these, so that what is missing here may be there. ``unread``
    says that no chart reads the section, of which nothing but a fault is known. ``has_other_route`` says that other
    values may have the route, if these have none.
    """

    config: Value
    own: Value | None
    chart: Chart | None
    target: Versions
    faults: tuple[Finding, ...] = ()
    readable: bool = True
    partial: bool = False
    unread: bool = False
    has_other_route: bool = False


_UNKNOWN = KnownChart()


def sources(
    root: Node | None,
    text: str,
    *,
    values: bool,
    versions: Callable[[str], str] = lambda _name: "",
    known: KnownChart = _UNKNOWN,
    value: Value | None = None,
    partial: bool = False,
) -> tuple[Source, ...]:
    """Return the configurations in a document, or in its value if already read (``value``).

    ``values`` says whether they are Helm values, and ``known`` what is known of their chart. ``versions`` returns the
    configured version of ``alertmanager`` and ``operator``, or "".
    """
    if value is None and root is not None:
        value = read_value(root, helm=values)
    if value is None:
        return ()
    if not values:
        return (Source(value, value, None, Versions(version(versions("alertmanager")), None)),)
    found: list[Source] = []
    for name, part, siblings in known.sections(value):
        one = _from_values(name, part, siblings, text, versions, partial=partial)
        if one is not None:
            found.append(one)
    if (unread := unread_section(value, known.dependencies)) is not None:
        found.append(_unread(*unread))
    return tuple(found)


def _unread(part: Value, inside: str) -> Source:
    message = f"no dependency in Chart.yaml reads this: its chart reads {inside}"
    fault = replace(fault_at_key("AM035", part, message, f"move it to {inside}"), severity="warning")
    config = placed(default_config(STACK), *part.place)
    return Source(config, None, Chart(STACK, part), Versions(version(""), None), (fault,), unread=True)


def _from_values(
    name: str, part: Value, around: Value, text: str, versions: Callable[[str], str], *, partial: bool
) -> Source | None:
    if part.get("enabled") is not None and not part.truth_of("enabled"):
        return None
    layout, stack = layout_of(name), name == STACK
    image = part.text_of(*layout.image) or (part.text_of("alertmanagerSpec", "version") if stack else "")
    operator = around.text_of("prometheusOperator", "image", "tag") or versions("operator")
    reads = stack and operator != "none"
    target = Versions(version(image or versions("alertmanager")), version(operator, "operator") if reads else None)
    templates = part.get(*layout.templates)
    files = dict(templates.pairs) if templates is not None and templates.shape == "map" else {}
    created = around.get("defaultRules", "create")
    rules = stack and not (created is not None and created.text == "false")
    tpl_config = part.truth_of("tplConfig") or (partial and part.get("tplConfig") is None and _is_for_helm(part))
    chart = Chart(name, part, tpl_config and stack, files, rules)
    return _Values(chart, target, text, partial).source()


def _is_for_helm(part: Value) -> bool:
    """Return whether the configuration seems to be written for ``tplConfig``, which other values may set."""
    own = (part.get("config"), part.get("stringConfig"))
    texts = [one.text for value in own if value is not None for one in value.scalars()]
    return any(tpl.has_escape(text) or ".Values." in text or ".Release." in text for text in texts)


@dataclass
class _Values:
    chart: Chart
    target: Versions
    text: str
    partial: bool
    faults: list[Finding] = field(default_factory=list)
    readable: bool = True

    def source(self) -> Source:
        part = self.chart.part
        own = part.get(*layout_of(self.chart.name).config)
        if self.chart.stack:
            self.ignored()
            inner = part.get("stringConfig")
            used = rendered_text(part)
            if used is None and self.is_tpl_unknown and inner is not None and inner.text.strip():
                used = inner
            if used is not None:
                config = self.inner(used)
                return self.made(config, config)
            if inner is not None and inner.text.strip():
                hint = "set alertmanager.tplConfig: true, or move it to alertmanager.config"
                self.faults.append(
                    fault_at_key("AM035", inner, "stringConfig is not rendered: tplConfig is not true", hint)
                )
        if own is not None and own.shape == "scalar":
            return self.of_text(own)
        default = default_config(self.chart.name)
        if own is not None and not self.chart.stack:
            own = replace(own, pairs={key: one for key, one in own.pairs.items() if key != "enabled"})
        config = merged_values(default, own) if own is not None else default
        where = own if own is not None else part
        place = (where.key_line, where.key_column) if where.key_line else where.place
        return self.made(placed(self.expanded(config), *place), own)

    def made(self, config: Value, own: Value | None) -> Source:
        return Source(config, own, self.chart, self.target, tuple(self.faults), self.readable, self.partial)

    @property
    def is_tpl_unknown(self) -> bool:
        """Whether other values may set ``tplConfig``."""
        return self.partial and self.chart.part.get("tplConfig") is None

    def of_text(self, own: Value) -> Source:
        if self.chart.tpl or not self.chart.stack or self.is_tpl_unknown:
            inner = self.inner(own)
            return self.made(inner, inner)
        message = "config is text: without tplConfig: true it becomes a YAML string that Alertmanager cannot load"
        self.faults.append(fault_at_key("AM035", own, message, "write config as a map: remove the | after it"))
        inner = self.inner(own)
        return self.made(inner, inner)

    def ignored(self) -> None:
        """Report parts that the chart or the operator ignores."""
        part = self.chart.part
        misplaced = part.get("alertmanagerSpec", "config")
        if misplaced is not None:
            hint = "move it to alertmanager.config"
            self.faults.append(fault_at_key("AM035", misplaced, "alertmanagerSpec.config is never rendered", hint))
        own = part.get("config") or part.get("stringConfig")
        if own is None or not (own.pairs or own.text.strip()):
            return
        if self.chart.replaced == "useExistingSecret":
            hint = "the Secret named by configSecret has the configuration: remove config, or useExistingSecret"
            self.faults.append(
                fault_at_key("AM035", own, "the configuration is not used: useExistingSecret is true", hint)
            )
        elif self.chart.replaced:
            hint = "the AlertmanagerConfig resource has the configuration: remove one of the two"
            self.faults.append(
                fault_at_key("AM035", own, "the configuration is not used: alertmanagerConfiguration is set", hint)
            )

    def expanded(self, config: Value) -> Value:
        """Return a configuration after Helm's templating."""
        if not self.chart.tpl:
            for one in config.scalars():
                if not one.chart and one.tag == "str" and tpl.has_escaped_action(one.text):
                    message = "this is escaped for Helm, but tplConfig is not true: the braces are sent as text"
                    hint = "write {{ and }} unescaped, or set alertmanager.tplConfig: true"
                    self.faults.append(fault_at("AM008", one, message, hint))
            return config
        return rendered(config, self.scalar)

    def scalar(self, one: Value) -> str:
        if "{{" not in one.text:
            return one.text
        done = tpl.render_tpl(one.text)
        for message in done.faults[:1]:
            self.faults.append(fault_at("AM008", one, message, tpl.HINT))
        return done.text

    def inner(self, whole: Value) -> Value:
        """Return the configuration in a text, with places in the surrounding file."""
        place = place_inside(whole.style, whole.line, whole.column, self.text)
        inner = whole.text
        if self.chart.tpl:
            done = tpl.render_tpl(inner)
            for message in done.faults[:1]:
                line = place(1 + inner.count("\n", 0, done.at), 1)[0]
                self.faults.append(Finding(line, place(1, 1)[1], message, tpl.HINT, code="AM008"))
            inner = done.text
        try:
            reader = ALERTMANAGER if self.target.operator is None else OPERATOR
            documents = parse(inner, "", several_merges=True)[:1]
            found = [read_value(one, helm=False, reader=reader) for one in documents]
        except Invalid as error:
            self.readable = False
            for problem in error.problems:
                line, column = place(min(problem.line, inner.rstrip().count("\n") + 1), problem.column)
                self.faults.append(
                    Finding(line, column, f"the configuration {problem.message}", problem.hint, code="AM032")
                )
            return placed(Value("map", "map", chart=True), *whole.place)
        if not found:
            return placed(Value("map", "map", chart=True), *whole.place)
        return shifted(found[0], place)


def place_inside(style: str, line: int, column: int, text: str) -> Callable[[int, int], tuple[int, int]]:
    """Return a map from places in a scalar to places in ``text``: exact for literal blocks, else the scalar's place."""
    if style != "|":
        return lambda _line, _column: (line, column)
    lines = text.split("\n")
    first = next((one for one in lines[line:] if one.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    return lambda inner, at: (line + inner, at + indent)
