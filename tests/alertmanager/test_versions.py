"""What which Alertmanager and which operator know: every field with every version, against the table's own words."""

from __future__ import annotations

import pytest

from generator import assets
from generator.alertmanager import config_check
from generator.alertmanager.config_fields import FieldType, Section, field_table, section_fields
from generator.alertmanager.value import Value
from generator.alertmanager.versions import Version, Versions, linked, newest, version, version_text
from generator.finding import Finding

DATA = assets.data("alertmanager-fields")
ALERTMANAGERS = [(0, minor) for minor in range(15, 37)]
OPERATORS: list[Version | None] = [
    None,
    *((0, minor) for minor in (40, 50, 51, 61, 62, 69, 80, 88, 90, 92, 93, 94, 95)),
]
SECTIONS = {**DATA["sections"], **DATA["receivers"]}
# What the two refuse though the table alone does not say it, tried with prometheus-operator v0.94.1: it loads with
# Alertmanager 0.34, whose sigv4 has external_id, and reads it itself; event_recorder it does not know at all.
TRIED = {("sigv4_config", "external_id"): False, ("event_recorder", "stdout_outputs"): True}


def numbers(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)


def refused(field: dict[str, object], versions: Versions) -> bool:
    """Tell whether a field is refused, from the data of the table alone."""
    since, operator = numbers(str(field["since"])), field.get("operator", "0.0")
    if since > versions.alertmanager and since != (0, 15):
        return True
    if versions.operator is None:
        return False
    newer_than_known = versions.operator > numbers(DATA["newest"]["operator"])
    loads = [numbers(one) for first, one in DATA["operator_loads"].items() if numbers(first) <= versions.operator]
    oldest = numbers(DATA["operator_loads"]["0.44"])
    if operator is None:
        return not newer_than_known
    return numbers(str(operator)) > versions.operator or (
        since > (loads[-1] if loads else oldest) and not newer_than_known
    )


def every() -> list[tuple[Section, FieldType]]:
    table = field_table()
    return [
        (one, field)
        for part in (table.sections, table.receivers)
        for one in part.values()
        for field in one.fields.values()
    ]


def test_every_field_with_every_version() -> None:
    count = 0
    for section, field in every():
        for alertmanager in ALERTMANAGERS:
            for operator in OPERATORS:
                versions = Versions(alertmanager, operator)
                why = versions.refusal(field.name, field.since, field.operator)
                assert bool(why) == refused(SECTIONS[section.name]["fields"][field.name], versions), why
                count += 1
    assert count == len(every()) * len(ALERTMANAGERS) * len(OPERATORS)
    assert count > 100_000


@pytest.mark.parametrize(("section", "key"), TRIED)
def test_what_was_tried_with_the_operator(section: str, key: str) -> None:
    field = field_table().sections[section].fields[key]
    known = Versions((0, 35), (0, 94))
    assert bool(known.refusal(key, field.since, field.operator)) == TRIED[section, key]


# Tried with the operator's own code, of pkg/alertmanager/types.go and the Alertmanager in go.mod.
PAIRS = [
    ((0, 82), "slack_configs", "app_token", False),  # 0.82.2 links 0.28.1
    ((0, 82), "telegram_configs", "message_thread_id", True),
    ((0, 80), "jira_configs", "api_url", True),
    ((0, 79), "jira_configs", "api_url", False),
    ((0, 83), "global", "jira_api_url", False),
    ((0, 84), "global", "jira_api_url", True),
    ((0, 87), "slack_configs", "timeout", False),
    ((0, 88), "slack_configs", "timeout", True),
    ((0, 89), "email_configs", "threading", False),
    ((0, 90), "mattermost_configs", "title", False),
    ((0, 91), "mattermost_configs", "title", True),
    ((0, 92), "sns_configs", "use_aws_http_client", False),
    ((0, 93), "sns_configs", "use_aws_http_client", True),
    ((0, 93), "discord_configs", "webhook_url_file", False),
    ((0, 94), "discord_configs", "webhook_url_file", True),
    ((0, 94), "msteams_configs", "webhook_url_file", False),
    ((0, 94), "telegram_configs", "timeout", False),
    ((0, 93), "tls_config", "ca", False),
    ((0, 93), "tls_config", "ca_file", True),
    ((0, 93), "oauth2", "audience", False),
    ((0, 93), "basic_auth", "username_file", False),
    ((0, 93), "basic_auth", "username", True),
    ((0, 44), "slack_configs", "api_url", True),
    ((0, 40), "slack_configs", "api_url", True),
]


@pytest.mark.parametrize(("operator", "section", "key", "known"), PAIRS)
def test_what_an_operator_reads(operator: Version, section: str, key: str, known: bool) -> None:
    field = section_fields(section)[key]
    type_of = field_table().receivers.get(section)
    versions = Versions((0, 35), operator)
    own = versions.refusal(key, field.since, field.operator)
    of_type = type_of is not None and versions.refusal(section, type_of.since, type_of.operator)
    assert (not own and not of_type) is known


@pytest.mark.parametrize(
    ("operator", "alertmanager"),
    [
        ((0, 40), (0, 21)),
        ((0, 82), (0, 28)),
        ((0, 86), (0, 28)),
        ((0, 87), (0, 29)),
        ((0, 93), (0, 33)),
        ((0, 94), (0, 34)),
        ((0, 95), None),
    ],
)
def test_which_alertmanager_an_operator_links(operator: Version, alertmanager: Version | None) -> None:
    assert linked(operator) == alertmanager


@pytest.mark.parametrize("versions", [Versions((0, 21), (0, 50)), Versions((0, 35), (0, 94)), Versions((0, 35), None)])
def test_files_are_judged_by_the_same_table(versions: Versions) -> None:
    """The checker of files says of every field of every receiver type what the table says."""
    for name, section in field_table().receivers.items():
        for field in section.fields.values():
            item = Value("map", "map", pairs={field.name: Value("scalar", "str", "x", "x", style="'")})
            receiver = Value("map", "map", pairs={name: Value("list", "list", items=(item,))})
            whole = Value("map", "map", pairs={"receivers": Value("list", "list", items=(receiver,))})
            found: list[Finding] = [one for one in config_check.key_faults(whole, versions) if one.code == "AM014"]
            # Of a type that is refused nothing else is told.
            whole_type = versions.refusal(name, section.since, section.operator)
            own = whole_type or versions.refusal(f"{name}.{field.name}", field.since, field.operator)
            assert [one.message for one in found] == ([own] if own else [])


@pytest.mark.parametrize(
    ("text", "what", "wanted"),
    [
        ("0.27", "alertmanager", (0, 27)),
        ("v0.27.1", "alertmanager", (0, 27, 1)),
        ("0.34.0-rc.1", "alertmanager", (0, 34, 0)),
        ("v0.94.1", "operator", (0, 94)),
        ("main", "alertmanager", newest("alertmanager")),
        ("", "operator", newest("operator")),
    ],
)
def test_versions_are_read(text: str, what: str, wanted: Version) -> None:
    assert version(text, what) == wanted
    assert version(version_text(wanted), what) == wanted


def test_what_a_version_with_a_patch_knows() -> None:
    """A version of its minor release, and one that may be any patch sorts before the first."""
    assert (0, 34) < version("0.34.0") < version("0.34.1") < (0, 35)
    known = Versions(version("v0.34.1"), None)
    assert not known.refusal("x", "0.34", "")
    assert known.refusal("x", "0.35", "") == "x needs Alertmanager 0.35, but this is for 0.34.1"
