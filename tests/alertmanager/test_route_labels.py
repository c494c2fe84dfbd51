"""Labels in arguments are read as by ``amtool config routes test``: judged by Alertmanager's own code."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from generator.errors import Invalid
from generator.route_question import read_labels

from ..conftest import Repo
from ..support.alertmanager import ask

PIECES = (
    "a", "b", "n", "é", "0", ":", ".", "-", "\\", "\\\\", "\\n", '\\"', "\\t", "\\x41", "\\u00e9", "\\ud83d", '"',
    '""', "'", "`", " ", "\t", "\n", "\v", "\x1c", "\x85", "\xa0", "\u2003", "\u200b", "=", "!", "~", "=~", ",",
    "{", "}", "#", "C:\\new",
)  # fmt: skip
WRITTEN = (
    'bar="\\n"', "bar=\n", "bar=\\n", "bar=\\\\", 'bar=\\"', 'bar="\\\\"', 'bar="\\""', "x= a ", 'x=" a "', 'x="a',
    'x=a"', "x=", 'x=""', "x==", "x=~a", "x!=a", "x=a=b", "x=a,", "x=a,b", 'x="a,b"', "{x=a}", "x={a}", 'x="{a}"',
    "x=a b", " x = a ", "x", "a.b=c", '"a.b"=c', '"a b"="c d"', "path=C:\\new", 'path="C:\\new"', "=a", '""=a',
    "é=ü", "x='a'", "x=`a`", "x=\\",
)  # fmt: skip


def read(text: str) -> dict[str, str] | None:
    try:
        return read_labels([text])
    except Invalid:
        return None


def test_labels_are_read_as_by_amtool() -> None:
    chance = random.Random("labels")  # noqa: S311
    texts = list(WRITTEN)
    for _ in range(3000):
        name = chance.choice(("x", "x", "x", '"x y"', "a.b", " x", "".join(chance.choices(PIECES, k=2))))
        value = "".join(chance.choices(PIECES, k=chance.randrange(5)))
        value = chance.choice((value, value, '"' + value + '"'))
        texts.append(f"{name}={value}")
    answers = ask([{"op": "label", "text": one} for one in texts])
    wanted = [None if "error" in one else {one["name"]: one["value"]} for one in answers]
    assert sum(one is None for one in wanted) > 300
    assert sum(one is not None for one in wanted) > 500
    assert [each for each in zip(texts, wanted, map(read, texts), strict=True) if each[1] != each[2]] == []


@pytest.mark.parametrize(
    ("value", "label", "receiver"),
    [
        ("\n", 'bar="\\n"', "c"),
        ("\n", "bar=\n", "d"),
        ("a", "bar= a ", "c"),
        ("\\", "bar=\\\\", "c"),
        ("C:\new", "bar=C:\\new", "c"),
    ],
)
def test_route_answers_as_amtool_does(tmp_path: Path, value: str, label: str, receiver: str) -> None:
    repo = Repo(tmp_path)
    route = {"receiver": "d", "routes": [{"receiver": "c", "match": {"bar": value}}]}
    repo.write("am.yml", json.dumps({"route": route, "receivers": [{"name": "c"}, {"name": "d"}]}))
    done = repo.run("route", "am.yml", label, "--format", "json")
    assert [one["receiver"] for one in json.loads(done.out)["receivers"]] == [receiver]
