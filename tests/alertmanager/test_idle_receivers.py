"""How much a receiver without integrations matters: AM028 is info where it may be meant."""

from __future__ import annotations

import pytest

from generator import rules

OPS = '  - name: ops\n    webhook_configs: [{url: "http://relay.example.org/"}]\n'
ROUTES = "  routes:\n    - {matchers: [severity = critical], receiver: ops}\n    - {matchers: [%s], receiver: other}\n"


def severities(root: str, matcher: str, receivers: str) -> list[str]:
    text = f"route:\n  receiver: {root}\n{ROUTES % matcher}receivers:\n{receivers}"
    file = rules.recognise("alertmanager.yml", text).file
    assert file is not None
    return [one.severity for one in rules.check([file], rules.Scope((file,))) if one.rule == "AM028"]


@pytest.mark.parametrize(
    ("root", "matcher", "receivers", "wanted"),
    [
        ("local", "team = a", f"{OPS}  - name: local\n{OPS.replace('ops', 'other')}", ["info"]),
        ("ops", "alertname = Watchdog", f"{OPS}  - name: other\n", ["info"]),
        ("ops", "severity = none", f"{OPS}  - name: other\n", ["info"]),
        ("ops", "alertname != Watchdog", f"{OPS}  - name: other\n", ["warning"]),
        ("ops", "team = a", f"{OPS}  - name: other\n", ["warning"]),
        ("local", "team = a", f"{OPS}  - {{name: local, slack_configs: []}}\n  - name: 'null'\n", ["warning"]),
        ("other", "team = a", "  - name: other\n  - name: ops\n", ["warning", "warning"]),
    ],
)  # fmt: skip
def test_a_receiver_that_sends_nothing(root: str, matcher: str, receivers: str, wanted: list[str]) -> None:
    assert severities(root, matcher, receivers) == wanted
