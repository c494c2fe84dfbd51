"""Objects in JSON, whose escapes YAML does not all have, as the decoder of Kubernetes reads them."""

from __future__ import annotations

import json
import random

import pytest

from generator import rules
from generator.yaml import text_at

from ..conftest import Repo
from ..support.apiserver import OracleError, api_server
from ..support.real import missing

OBJECT = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": %s}, "data": {"a": "b", "c": 1}}\n'
ROCKET = r"\ud83d\ude00"


def name_in(text: str, path: str = "a.json") -> str | None:
    """Return the name of the object in a text as rules read it, None if it cannot be read."""
    found = rules.recognise(path, text, named=True)
    return text_at(found.file.documents[0], "metadata", "name") if found.file else None


@pytest.mark.parametrize(
    ("escaped", "name"),
    [
        (ROCKET, "\U0001f600"),
        (rf"a{ROCKET.upper().replace('U', 'u')}b", "a\U0001f600b"),
        (r"\ud83d", "\ufffd"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (rf"\ud83d{ROCKET}", "\ufffd\U0001f600"),
        (rf"\\ud83d \\{ROCKET}", "\\ud83d \\\U0001f600"),
        (rf"\ufffd\u00e4\/{ROCKET}", "\ufffdä/\U0001f600"),
    ],
)
@pytest.mark.parametrize("path", ["a.json", "a.yaml"])
def test_an_escape_is_read_as_json(escaped: str, name: str, path: str) -> None:
    assert name_in(OBJECT % f'"{escaped}"', path) == name


def test_places_are_those_of_the_file(empty: Repo) -> None:
    empty.write("a.json", OBJECT % f'"{ROCKET}"')
    rows = json.loads(empty.run("validate", "a.json", "--format", "json").out)
    column = (OBJECT % f'"{ROCKET}"').index("1}}") + 1
    assert [(one["rule"], one["line"], one["column"]) for one in rows if "data.c" in one["message"]] == [
        ("SCH001", 1, column)
    ]


@pytest.mark.parametrize(
    "text",
    [
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "' + ROCKET + '"\n',  # YAML
        OBJECT.replace('"c"', "c") % f'"{ROCKET}"',  # not JSON
        OBJECT.replace("1}", "NaN}") % f'"{ROCKET}"',
        '{"route": {"receiver": "' + ROCKET + '"}, "receivers": [{"name": "' + ROCKET + '"}]}',  # Alertmanager's own
        '{"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "name": "' + ROCKET + '"}',
    ],
)
def test_what_reads_yaml_refuses_the_escape(text: str) -> None:
    problems = rules.recognise("a.json" if text[0] == "{" else "a.yaml", text, named=True).problems
    assert [(one.line, one.rule) for one in problems] == [(text.count("\n", 0, text.index(ROCKET)) + 1, "YAML001")]


def test_names_are_those_that_kubernetes_decodes() -> None:
    try:
        server = api_server()
    except OracleError as error:
        missing(str(error))
    chance = random.Random(7)  # noqa: S311
    pieces = [
        r"\ud83d",
        r"\ude00",
        r"\uDBFF",
        r"\uDFFF",
        r"\ufffd",
        r"\\",
        r"\n",
        r"\/",
        "ud83d",
        "ä",
        "\U0001f600",
        "x",
    ]
    for number in range(400):
        raw = "".join(chance.choices(pieces, k=chance.randint(1, 8)))
        text = OBJECT.replace("1}", f'"{number}"}}' if number % 5 else "c: 1}") % f'"{raw}"'
        (told,) = server.ask(text)
        ours = name_in(text)
        assert (ours or "") == told.name, text
        assert (ours is None) == (not told.object_kind), text
