"""Which markers Flux reads, by its own code: ``tests/oracles/setters``, that of image-automation-controller."""

from __future__ import annotations

from pathlib import Path

from generator import rules
from generator.rules.readers.flux2_markers import read_markers
from generator.yaml import parse

from ..support.setters import move_tags

M = '# {"$imagepolicy": "flux-system:web"}'
TEXTS = {
    "plain": f"image: r.io/web:1 {M}\n",
    "below its key": f"image:\n  r.io/web:1 {M}\n",
    "after the colon": f"image: {M}\n  r.io/web:1\n",
    "double quotes": f'image: "r.io/web:1" {M}\n',
    "single quotes": f"image: 'r.io/web:1' {M}\n",
    "double quotes over lines": f'image: "r.io/\\\n  web:1" {M}\n',
    "single quotes over lines": f"image: 'r.io/web:1\n  more' {M}\n",
    "plain over lines": f"image: r.io/web:1\n  more {M}\n",
    "folded": f"image: >- {M}\n  r.io/web:1\n",
    "folded, two lines": f"image: >- {M}\n  r.io/web:1\n  x\n",
    "folded, clipped": f"image: > {M}\n  r.io/web:1\n",
    "literal": f"image: |- {M}\n  r.io/web:1\nb: c\n",
    "literal, kept": f"image: |+ {M}\n  r.io/web:1\n",
    "literal with an indentation": f"image: |2- {M}\n  r.io/web:1\nb: c\n",
    "in a folded value": f"image: >-\n  r.io/web:1 {M}\n",
    "below a folded value": f"image: >-\n  r.io/web:1\n{M}\n",
    "anchor": f"image: &a r.io/web:1 {M}\n",
    "anchor of a folded value": f"image: &a >- {M}\n  r.io/web:1\n",
    "tag": f"image: !!str r.io/web:1 {M}\n",
    "tag of a folded value": f"image: !!str >- {M}\n  r.io/web:1\n",
    "alias": f"a: &a r.io/web:1\nimage: *a {M}\n",
    "explicit key": f"? image\n: r.io/web:1 {M}\n",
    "explicit key, folded": f"? image\n: >- {M}\n  r.io/web:1\n",
    "beside an explicit key": f"? image {M}\n: r.io/web:1\n",
    "above a pair": f"{M}\nimage: r.io/web:1\n",
    "beside a map": f"spec: {M}\n  image: r.io/web:1\n",
    "empty": f"image: {M}\nb: c\n",
    "item": f"- r.io/web:1 {M}\n- b\n",
    "folded item": f"- >- {M}\n  r.io/web:1\n- b\n",
    "above an item": f"{M}\n- r.io/web:1\n- b\n",
    "above an item, with a blank line": f"{M}\n\n- r.io/web:1\n",
    "above an item, with blank lines": f"{M}\n\n\n- r.io/web:1\n",
    "above a second item, with a blank line": f"- b\n{M}\n\n- r.io/web:1\n",
    "above a second item, below a blank line": f"- b\n\n{M}\n- r.io/web:1\n",
    "above an item, below a comment and a blank line": f"- b\n# more\n\n{M}\n- r.io/web:1\n",
    "above an item that is a list": f"- - b\n{M}\n- - r.io/web:1\n",
    "above an item, its value below": f"- b\n{M}\n-\n  r.io/web:1\n",
    "above an item with quotes": f"- b\n{M}\n- 'r.io/web:1'\n",
    "above an item with an anchor": f"- b\n{M}\n- &a r.io/web:1\n",
    "above an item, indented": f"- b\n  {M}\n- r.io/web:1\n",
    "at the key of a list": f"a: {M}\n  - r.io/web:1\n",
    "above the list": f"a:\n  {M}\n  - r.io/web:1\n  - b\n",
    "above the key of a list": f"{M}\na:\n  - r.io/web:1\n",
    "above an item, with another comment": f"{M}\n# more\n- r.io/web:1\n",
    "above an item, below another comment": f"# more\n{M}\n- r.io/web:1\n",
    "above a second item": f"- b\n{M}\n- r.io/web:1\n",
    "above a folded item": f"- b\n{M}\n- >-\n  r.io/web:1\n",
    "above an item with a comment": f"- b\n{M}\n- r.io/web:1 # c\n",
    "above an item that is a map": f"- b\n{M}\n- image: r.io/web:1\n",
    "pair of an item": f"- image: r.io/web:1 {M}\n  b: c\n",
    "folded pair of an item": f"- image: >- {M}\n    r.io/web:1\n  b: c\n",
    "after a flow map": f"a: {{image: r.io/web:1}} {M}\n",
    "after a flow list": f"a: [r.io/web:1] {M}\n",
    "in a flow map": f"a: {{\n  image: r.io/web:1 {M}\n  }}\n",
    "in a flow map, comma": f"a: {{\n  image: r.io/web:1, {M}\n  b: c}}\n",
    "in a flow map, two on a line": f"a: {{b: c, image: r.io/web:1, {M}\n  d: e}}\n",
    "in a flow map, the other on the line": f"a: {{image: r.io/web:1, b: c, {M}\n  d: e}}\n",
    "in a flow map, comma below": f"a: {{\n  image: r.io/web:1 {M}\n  , b: c}}\n",
    "in a flow list": f"a: [\n  r.io/web:1, {M}\n  b]\n",
    "in a flow list, last": f"a: [\n  b,\n  r.io/web:1 {M}\n  ]\n",
    "after an inner flow map": f"a: [\n  {{image: r.io/web:1}}, {M}\n  b]\n",
    "after the bracket": f"a: {{ {M}\n  image: r.io/web:1}}\n",
    "above a flow pair": f"a: {{\n  {M}\n  image: r.io/web:1}}\n",
    "above a flow item": f"a: [\n  {M}\n  r.io/web:1]\n",
    "single quotes in the marker": "image: r.io/web:1 # {'$imagepolicy': 'flux-system:web'}\n",
    "more text": f"image: r.io/web:1 {M} by us\n",
    "of another policy": f"image: r.io/web:1 {M.replace(':web', ':other')}\n",
}  # fmt: skip


def test_the_markers_that_flux_reads_are_read(tmp_path: Path) -> None:
    files: dict[str, rules.File] = {}
    for number, (name, text) in enumerate(TEXTS.items()):
        path = f"{number}.yaml"
        below = "".join(f"  {line}\n" if line else "\n" for line in text.removesuffix("\n").split("\n"))
        whole = f"apiVersion: v1\nkind: X\nmetadata:\n  name: web\nspec:\n{below}"
        files[name] = rules.File(path, whole, "kubernetes", parse(whole, path))
        (tmp_path / path).write_text(whole)
    move_tags(tmp_path, {("flux-system", "web"): ("r.io/web", "9"), ("flux-system", "other"): ("r.io/web", "9")})
    scope = rules.Scope(tuple(files.values()))
    wrong = {}
    for name, file in files.items():
        after = (tmp_path / file.path).read_text()
        good, faults = read_markers(file, scope)
        is_read = after != file.text
        assert len(good) + len(faults) <= 1, name
        if is_read != bool(good):
            wrong[name] = is_read, len(good), [one.message for one in faults]
        if is_read and good:
            assert good[0].value.text.startswith("r.io/web:1") or name == "in a flow map, the other on the line", name
            assert len(faults) == 0, name
    assert not wrong, "\n".join(f"{k}: {v}" for k, v in wrong.items())
