"""Receivers that stay in an adopted file keep the mounts of their Secrets, whatever becomes of them in the spec."""

from __future__ import annotations

import pytest
import yaml

from ..conftest import Repo

STACK = """\
alertmanager:
  config:
    route:
      receiver: slack
      routes:
        - receiver: slack
          matchers: [team="db"]
    receivers:
      - name: slack
        slack_configs: [{channel: "#a", api_url: "http://x/"}]
prometheusOperator: {enabled: true}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: kps, namespace: monitoring}
spec:
  interval: 1h
  chart: {spec: {chart: kube-prometheus-stack, version: 60.0.0, sourceRef: {kind: HelmRepository, name: x}}}
  values:
""" + "".join(f"    {line}\n" for line in STACK.splitlines())
OWN = """\
config:
  route:
    receiver: slack
    routes:
      - receiver: slack
        matchers: [team="db"]
  receivers:
    - name: slack
      slack_configs: [{channel: "#a", api_url: "http://x/"}]
"""
FILES = {"kube-prometheus-stack": STACK, "HelmRelease": RELEASE, "alertmanager": OWN}
KEPT, NEW = "alertmanager-pagerduty", "alertmanager-ops"


def mounted(text: str) -> list[str]:
    """Return the names of the Secrets that values mount."""
    data = yaml.safe_load(text)
    data = data.get("spec", {}).get("values", data)
    if "config" in data:
        return [one["secretName"] for one in data.get("extraSecretMounts", [])]
    return list(data["alertmanager"].get("alertmanagerSpec", {}).get("secrets") or [])


@pytest.fixture(params=FILES)
def adopted(empty: Repo, request: pytest.FixtureRequest) -> Repo:
    """A file with the receivers of two services, of which the user changed one, and uses it in a route."""
    empty.write("m/values.yaml", FILES[request.param])
    options = ["--chart", "alertmanager"] if request.param == "alertmanager" else []
    receivers = ["--receiver", "pagerduty", "--receiver", "webhook:ops", "--severity", "critical=pagerduty,ops"]
    empty.ok("alerting", "m", "--values-file", "m/values.yaml", *options, *receivers, "--yes-reroute")
    assert mounted(empty.read("m/values.yaml")) == [KEPT, NEW]
    return empty


def edited(repo: Repo) -> None:
    """Make the receiver pagerduty the user's: with a comment, and a route."""
    text = repo.read("m/values.yaml").replace("- name: pagerduty\n", "- name: pagerduty # ours\n")
    at = text.index("- receiver: slack\n")
    indent = " " * (at - text.rindex("\n", 0, at) - 1)
    own = f'- receiver: pagerduty\n{indent}  matchers: [team="own"]\n{indent}  continue: true\n{indent}'
    repo.write("m/values.yaml", text[:at] + own + text[at:])


def without_pagerduty(repo: Repo) -> None:
    spec = yaml.safe_load(repo.read("m/scaffold.yaml"))
    spec["receivers"] = [one for one in spec["receivers"] if one["name"] != "pagerduty"]
    spec["severity"] = {"critical": "ops"}
    repo.write("m/scaffold.yaml", yaml.safe_dump(spec, sort_keys=False))


def test_a_receiver_that_the_user_keeps_reads_its_secret(adopted: Repo) -> None:
    edited(adopted)
    without_pagerduty(adopted)
    adopted.ok("regenerate", "--ours", "--yes-reroute")
    text = adopted.read("m/values.yaml")
    assert "- name: pagerduty # ours\n" in text
    assert sorted(mounted(text)) == sorted([KEPT, NEW])
    assert adopted.run("validate", "--format", "json").out.count(f"{KEPT}' is not in") == 0
    adopted.ok("diff")


def test_so_does_one_that_the_spec_renames(adopted: Repo) -> None:
    edited(adopted)
    spec = adopted.read("m/scaffold.yaml").replace("name: pagerduty", "name: pd").replace("- pagerduty\n", "- pd\n")
    adopted.write("m/scaffold.yaml", spec.replace("[pagerduty,", "[pd,"))
    adopted.ok("regenerate", "--ours", "--yes-reroute")
    assert sorted(mounted(adopted.read("m/values.yaml"))) == ["alertmanager-ops", KEPT, "alertmanager-pd"]
    adopted.ok("diff")


def test_the_mount_of_a_receiver_that_is_gone_is_gone(adopted: Repo) -> None:
    without_pagerduty(adopted)
    adopted.ok("regenerate", "--ours", "--yes-reroute")
    assert mounted(adopted.read("m/values.yaml")) == [NEW]
    adopted.ok("diff")


def test_so_do_templates_of_a_receiver_that_is_gone(adopted: Repo) -> None:
    folder = "/etc/alertmanager/secrets" if "secrets:" in adopted.read("m/values.yaml") else "/etc/secrets"
    text = adopted.read("m/values.yaml")
    at = text.index("route:\n")
    indent = " " * (at - text.rindex("\n", 0, at) - 1)
    adopted.write("m/values.yaml", f'{text[:at]}templates: ["{folder}/{KEPT}/*.tmpl"]\n{indent}{text[at:]}')
    without_pagerduty(adopted)
    adopted.ok("regenerate", "--ours", "--yes-reroute")
    assert sorted(mounted(adopted.read("m/values.yaml"))) == sorted([KEPT, NEW])
    adopted.ok("diff")
