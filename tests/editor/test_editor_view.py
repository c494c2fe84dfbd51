"""What an editor shows of a text: pages, suppressions that work, and no text that it cannot show."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import assets, rules
from generator.config import Config
from generator.editor.editor_view import EditorView
from generator.editor.spec_completion import SpecReader
from generator.editor.suppressing import FileChange
from generator.editor.text_places import PlacedText, Span
from generator.errors import Problem

READER = SpecReader((), lambda name: [assets.schema_text(name)] if name in assets.template_names() else [])
PATHS = ["scaffold.yaml", ".scaffold/config.yaml", "a.yaml", "Makefile", ".github/workflows/a.yaml"]
PIECES = st.sampled_from(
    ["template: service", "probes", ":", ": ", "\n", "\n  ", "\n    ", "- ", "-", "#", "# scaffold: ignore[", "WF008",
     "]", "'", '"', "|", "{", "[", "&a ", "*a", "<<", "\t", "𝄞", "\r\n", "\r", "\u2028", "\ufeff", "rules", "---",
     "true", "x", "kind", "apiVersion: v1", "metadata", "!!", "?", ">-", "\x00", "\ud800", "defaults"]
)  # fmt: skip


def view(path: str, text: str) -> EditorView:
    """Return a file with what rules find in it."""
    file = rules.recognise(path, text, named=True).file
    found = rules.check([file], rules.Scope((file,))) if file else []
    return EditorView(path, PlacedText(text), found, file, READER)


def applied(text: str, change: FileChange) -> str:
    return text[: change.span.start] + change.text + text[change.span.end :]


@given(
    path=st.sampled_from(PATHS),
    text=st.lists(PIECES, max_size=30).map("".join),
    data=st.data(),
)
@settings(max_examples=40, deadline=None)
def test_every_place_of_every_text_has_an_answer(path: str, text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    problems = [Problem(path, data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9)), "m", "", "YAML001")]
    one = EditorView(path, PlacedText(text), problems, None, READER)
    for _, span in one.findings:
        assert 0 <= span.start <= span.end <= len(text)
        assert one.text.line_of(span.start) == one.text.line_of(span.end)
    page = one.page(offset)
    assert page is None or page[1].start <= page[1].end
    for offer in one.offers(offset):
        assert offer.span.start <= offset <= offer.span.end
        assert one.text.line_of(offer.span.start) == one.text.line_of(offer.span.end)
        assert "\n" not in offer.text


STEP = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
USES = "uses: actions/checkout@main"


@pytest.mark.parametrize(
    ("path", "text", "rule", "places"),
    [
        (PATHS[4], f"{STEP}      - {USES}\n", "WF008", ["line", "file"]),
        (PATHS[4], f"{STEP}      - {USES}", "WF008", ["line", "file"]),  # without a line break at the end
        (PATHS[4], f"\ufeff{STEP}      - {USES} # why\n".replace("\n", "\r\n"), "WF008", ["line", "file"]),
        (PATHS[4], f"# owned by a tool\n{STEP}      - {{{USES}}}\n", "WF008", ["line", "file"]),
        (PATHS[4], f"---\n{STEP}      - {{\n{USES}}}\n", "WF008", ["line", "file"]),
        (PATHS[4], f"{STEP}      - uses: >-\n          actions/checkout@main\n", "WF008", ["line", "file"]),
        (
            PATHS[3],
            "test:\n\tkind create cluster --name a\n\tmake a; kubectl apply -f a.yaml\n",
            "KD001",
            ["line", "file"],
        ),
        (
            PATHS[3],
            "a:\n\tmake b && \\\n\tkind create cluster --name a\n\tkubectl apply -f a.yaml\n",
            "KD001",
            ["line", "file"],
        ),
        (
            PATHS[3],
            "a:\n\tmake b && \\\n\tkind create cluster --name a && \\\n\tkubectl apply -f a.yaml\n",
            "KD001",
            ["file"],
        ),
    ],
)
def test_a_suppression_works(path: str, text: str, rule: str, places: list[str]) -> None:
    one = view(path, text)
    [found, *_] = [(problem, span) for problem, span in one.findings if problem.rule == rule]
    changes = [change for problem, _, change in one.changes(found[1]) if problem == found[0]]
    assert [change.title for change in changes] == [f"Suppress {rule} in this {place}" for place in places]
    known = {each.id: each.across for each in rules.all_rules()}
    for change in changes:
        new = applied(text, change)
        file = rules.recognise(path, new).file
        assert file is not None
        settled = rules.settle([file], rules.check([file], rules.Scope((file,))), Config({}), known)
        assert rule not in {each.rule for each in settled.problems if each.line <= found[0].line + 1}
        assert not {"SUP001", "SUP002"} & {each.rule for each in settled.problems}
        assert new.replace(change.text, "", 1) == text  # nothing else changes


def test_what_cannot_be_suppressed_has_no_action() -> None:
    text = "a: [\n"
    one = EditorView("a.yaml", PlacedText(text), [Problem("a.yaml", 1, 4, "m", "", "YAML001")])
    assert list(one.changes(Span(0, len(text)))) == []


def test_text_of_a_repository_is_no_markup() -> None:
    problem = Problem("a.yaml", 1, 1, "[x](command:run) <b> `a`\n# b", "", "YAML001")
    page = EditorView("a.yaml", PlacedText("a: 1\n"), [problem]).page(0)
    assert page is not None
    assert page[0].startswith(r"\[x\]\(command\:run\) \<b\> \`a\` \# b")


def test_fixes_are_offered_first() -> None:
    text = f"{STEP}      - run: make K8S=${{{{ matrix.k8s }}}}\n    strategy: {{matrix: {{k8s: [1.30, 1.35]}}}}\n"
    one = view(PATHS[4], text)
    changes = [change for problem, _, change in one.changes(Span(0, len(text))) if problem.rule == "WF007"]
    assert [(each.title, each.is_fix) for each in changes][:1] == [('Write "1.30"', True)]
    first = changes[0]
    assert text[: first.span.start] + first.text + text[first.span.end :] == text.replace("1.30", '"1.30"')
    assert len(changes) > 1
