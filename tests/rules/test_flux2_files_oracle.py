"""Which markers Flux v2 reads, by the code of image-automation-controller: of unusual files, and in flow style."""

from __future__ import annotations

from pathlib import Path

from generator.rules import Scope
from generator.rules.readers.flux2_markers import read_markers
from generator.rules.recognise import recognise

from ..support.setters import move_tags

MARK = '# {"$imagepolicy": "flux-system:web"}'
IMAGE = f"image: example/web:1 {MARK}\n"
POD = f"- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web\n  spec:\n    {IMAGE}"
# The text of a kustomization, and whether Flux moves the marked tag.
FILES = {
    "plain": (IMAGE, True),
    "byte-order mark": (f"\ufeff{IMAGE}", True),
    "crlf": (IMAGE.replace("\n", "\r\n"), True),
    "directive": (f"%YAML 1.2\n---\n{IMAGE}", False),
    "directive of tags": (f"%TAG !e! tag:example.org,2000:\n---\n{IMAGE}", False),
    "directive below a comment": (f"# by hand\n%YAML 1.1\n---\n{IMAGE}", False),
    "directive of a later document": (f"a: 1\n...\n%YAML 1.1\n---\n{IMAGE}", True),
    "end of a document": (f"a: 1\n...\n---\n{IMAGE}...\n", True),
    "list beside it": (f"- 1\n---\n{IMAGE}", False),
    "text behind it": (f"{IMAGE}---\ntext\n", False),
    "empty document": (f"---\n---\n{IMAGE}", True),
    "null": (f"~\n---\n{IMAGE}", True),
    "empty map": (f"{{}}\n---\n{IMAGE}", True),
    "List": (f"apiVersion: v1\nkind: List\nitems:\n{POD}", False),
    "List and more": (f"apiVersion: v1\nkind: List\nitems:\n{POD}---\na: b\n", True),
    "PodList": (f"apiVersion: v1\nkind: PodList\nitems:\n{POD}", True),
    "ResourceList": (f"apiVersion: v1\nkind: ResourceList\nitems:\n{POD}", False),
    "JSON": (f'{{\n  "image": "example/web:1" {MARK}\n}}\n', True),
    "JSON, more below": (f'{{\n  "image": "example/web:1", {MARK}\n  "a": 1\n}}\n', True),
    "behind a map": (f"a: {{image: example/web:1}} {MARK}\n", False),
    "behind a map and a comma": (f"a: [{{image: example/web:1}}, {MARK}\n  b]\n", False),
    "behind a list": (f"a: [example/web:1] {MARK}\n", False),
    "in a list": (f"a: [\n  example/web:1, {MARK}\n  b]\n", True),
}


def test_markers_are_those_that_flux_reads(tmp_path: Path) -> None:
    for number, (text, _) in enumerate(FILES.values()):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "a.yaml").write_bytes(text.encode())
    move_tags(tmp_path, {("flux-system", "web"): ("example/web", "2")})
    for number, (name, (text, moves)) in enumerate(FILES.items()):
        assert (b"example/web:2" in (tmp_path / str(number) / "a.yaml").read_bytes()) == moves, name
        file = recognise("kustomization.yaml", text).file
        assert file is not None, name
        good, wrong = read_markers(file, Scope((file,)))
        assert (len(good), len(wrong)) == (int(moves), int(not moves)), (name, wrong)
