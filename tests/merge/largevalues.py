"""A values file of about 6,000 lines that gains a receiver and a route: the chart's own where there is a corpus."""

from __future__ import annotations

from dataclasses import dataclass

from ..support import corpus, yamltext

ROUTE = '{0}- receiver: team-a\n{0}  matchers:\n{0}  {1}- team = "a"\n{0}  continue: true\n'
RECEIVER = "{0}- name: team-a\n{0}  webhook_configs:\n{0}  {1}- url: https://example.org/team-a\n"
CONFIG = """\
    global:
      resolve_timeout: 5m
    route:
      group_by: ['namespace']
      receiver: 'null'
      routes:
      - receiver: 'null'
        matchers:
          - alertname = "Watchdog"
    receivers:
    - name: 'null'
    templates:
    - '/etc/alertmanager/config/*.tmpl'
"""
_LAST_ROUTE, _LAST_RECEIVER = '          - alertname = "Watchdog"\n', "    - name: 'null'\n"
_SECTION = """\

  ## Settings of component {0}.
  ## ref: https://example.org/components/{0}
  component{0}:
    enabled: true  # on unless somebody turns it off
    image:
      repository: quay.io/example/component-{0}
      tag: "v1.{0}.0"
    ## @param resources see the handbook
    resources: {{}}
    # limits:
    #   cpu: 100m
    #   memory: 30Mi
    args:
      - --log-level=info
      - '--listen=:{1}'
    labels: {{team: "t{0}", tier: back}}
    description: >-
      Component {0} does what component {0}
      is there for.
"""


@dataclass(frozen=True)
class Large:
    """The file, what it must become, and what it was made of."""

    title: str
    text: str
    expected: str

    @property
    def lines(self) -> int:
        return self.text.count("\n")


def generated(lines: int) -> str:
    """Return values of about so many lines, with comments, in the middle of them an Alertmanager's config."""
    count = max(0, (lines - CONFIG.count("\n") - 3) // _SECTION.count("\n"))
    sections = [_SECTION.format(one, 8000 + one) for one in range(count)]
    head = ["components:\n", *sections[: count // 2]] if count > 1 else []
    middle = ["alertmanager:\n  config:\n", CONFIG]
    tail = ["\nothers:\n", *sections[count // 2 :]] if count > 1 else []
    return "".join([*head, *middle, *tail])


def find() -> Large:
    """Return the chart's file, or a generated one of its size."""
    root = corpus.folder()
    text = corpus.text_of(root, corpus.VALUES) if root and (root / corpus.VALUES).is_file() else None
    if text and text.count(_LAST_ROUTE) == text.count(_LAST_RECEIVER) == 1:
        return Large("values.yaml of kube-prometheus-stack", text, gained(text))
    made = generated(6000)
    return Large("generated values", made, gained(made))


def gained(text: str, inner: str = "  ") -> str:
    """Return a text with a receiver and a route; ``inner`` is how far lists in what is new are indented."""
    text = text.replace(_LAST_ROUTE, _LAST_ROUTE + ROUTE.format(" " * 6, inner), 1)
    return text.replace(_LAST_RECEIVER, _LAST_RECEIVER + RECEIVER.format(" " * 4, inner), 1)


def part(*, gains: bool) -> str:
    """Return what a template of the alerting config alone writes: with other indentation and quotes, and comments."""
    text = f"alertmanager:\n  config:\n{CONFIG}".replace("'null'", '"null"').replace("['namespace']", "[namespace]")
    text = text.replace("      - receiver", "        - receiver").replace("        matchers", "          matchers")
    text = text.replace("          - alertname", "            - alertname").replace("    - name", "      - name")
    if gains:
        route, receiver = ROUTE.format(" " * 8, "  "), RECEIVER.format(" " * 6, "  ")
        text = text.replace('"Watchdog"\n', f'"Watchdog"\n{route}').replace(
            '- name: "null"\n', f'- name: "null"\n{receiver}'
        )
    return text


def whole(text: str) -> str:
    """Return the data of a text as a plain dump."""
    return yamltext.dump(yamltext.read(text))


@dataclass(frozen=True)
class Way:
    """Base, ours and theirs of one way to add them, and what has to come out."""

    base: str | None
    ours: str
    theirs: str
    expected: str


def ways(large: Large) -> dict[str, Way]:
    """Return the ways in which a file gains a receiver and a route."""
    text, new = large.text, large.expected
    return {
        # A plain dump does not indent lists, and what is new comes as it was written.
        "the whole file is generated, and dumped plainly": Way(whole(text), text, whole(new), gained(text, "")),
        "its config is generated": Way(part(gains=False), text, part(gains=True), new),
        "its config is generated for the first time": Way(None, text, part(gains=True), new),
    }
