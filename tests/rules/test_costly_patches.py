"""Patches of kustomizations that would take memory or time without bound: what they build is not known."""

from __future__ import annotations

import pytest

from generator import rules

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{0}}}\ndata: {{a: b}}\n"
HEAD = "resources: [o.yaml]\npatches:\n"
COPIES = "".join(f"- {{op: copy, from: /data, path: /data/k{number}}}\n" for number in range(60))
TEXT = '- {target: {name: x.*}, patch: "[{op: add, path: /data/b, value: c}]"}\n'


@pytest.mark.parametrize(
    "texts",
    [
        {
            "o.yaml": CONFIG_MAP.format(0),
            "kustomization.yaml": f"{HEAD}- {{target: {{kind: ConfigMap}}, path: p.yaml}}\n",
            "p.yaml": COPIES,
        },
        {"o.yaml": "---\n".join(CONFIG_MAP.format(n) for n in range(600)), "kustomization.yaml": HEAD + TEXT * 2_000},
    ],
    ids=["copies of copies", "patches of many objects"],
)
def test_it_ends_soon(texts: dict[str, str]) -> None:
    read = [rules.recognise(path, text, texts.__contains__).file for path, text in texts.items()]
    files = tuple(one for one in read if one)
    scope = rules.Scope(files, exists=texts.__contains__, read=texts.get)
    assert rules.check(files, scope) == []
