"""How rules read shell text, Makefiles and workflows: what is in them, where it stands, and that nothing hangs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import rules
from generator.rules.readers import makefile, shell
from generator.rules.readers.expansion import is_absolute, unknown
from generator.rules.readers.filters import matches_filter
from generator.rules.readers.tools import call
from generator.rules.readers.workflow import Workflow, local
from generator.yaml import KUBERNETES, comments, expand, get, parse


def commands(text: str) -> list[str]:
    """Return every simple command as ``line: words``, joined by ``|`` where they are one pipeline."""
    return [
        f"{one.line}: " + " | ".join(" ".join(command.words) for command in one.commands)
        for one in shell.parse_shell(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b | c # d | e", ["0: a b | c"]),
        ("a 'x | y' \"z | w\" | c", ["0: a x | y z | w | c"]),
        ("a \\\n  b |\n c", ["0: a b | c"]),
        ("a\n\n  b && c || d", ["0: a", "2: b", "2: c", "2: d"]),
        ("cat <<EOF | b\nx | y\nEOF\nc", ["0: cat | b", "3: c"]),
        ("cat <<-'E' >f\n\tx | y\n\tE\nc", ["0: cat", "3: c"]),
        ("v=$(a | b) c", ["0: a | b", "0: v=$(a | b) c"]),
        ('echo "$(a "$(b | c)" | d)"', ["0: b | c", "0: a $(b | c) | d", '0: echo $(a "$(b | c)" | d)']),
        ("echo `a | b`", ["0: a | b", "0: echo `a | b`"]),
        ("echo ${{ x | y }} | b", ["0: echo ${{ x | y }} | b"]),
        ("echo $(( 1 | 2 )) ${x:-a|b}", ["0: echo $(( 1 | 2 )) ${x:-a|b}"]),
        ("a 2>&1 >f | b", ["0: a | b"]),
        ("a |& b", ["0: a | b"]),
        ("( a; b ) | c", ["0: a", "0: b", "0: ( | c"]),
        ("f() { a | b; }", ["0: a | b", "0: {"]),
        ("case x in a|b) c ;; *) d | e ;; esac", ["0: c", "0: d | e", "0: case"]),
        ("for x in a b; do c | d; done", ["0: c | d", "0: for"]),
        ("if a | b; then c; else d; fi", ["0: a | b", "0: c", "0: d", "0: if"]),
        ("while read x; do a; done < <(b | c)", ["0: read x", "0: a", "0: b | c", "0: while \0"]),
        ("x=(a | b) c", ["0: x=() c"]),
        ("a \\| b", ["0: a | b"]),
        ("a &\nb", ["0: a", "1: b"]),
        ("echo a#b #c", ["0: echo a#b"]),
        ("'open", ["0: open"]),
        ("a $(b", ["0: b", "0: a $(b"]),
    ],
)
def test_shell_text(text: str, expected: list[str]) -> None:
    assert commands(text) == expected


def test_what_stands_around_a_pipeline() -> None:
    first, second, third, *_ = shell.parse_shell("if ! a | b; then\n c || true\nfi")
    assert (first.condition, first.negated) == (True, True)
    assert (second.condition, second.after) == (False, "||")
    assert third.before == "||"
    assert shell.parse_shell("v=$(a | b)")[0].nested


@pytest.mark.parametrize(
    ("text", "tool", "args"),
    [
        ("kind create cluster", "kind", ("create", "cluster")),
        ("A=b sudo -E env C=d /usr/local/bin/kind get", "kind", ("get",)),
        ("timeout -k 5 60 kubectl get", "kubectl", ("get",)),
        ("${KIND} load", "kind", ("load",)),
        ('"$KUBECTL_BIN" get', "kubectl", ("get",)),
        ("./bin/kind-v0.32.0 get", "kind", ("get",)),
        ("go run sigs.k8s.io/kind@v0.32.0 get", "kind", ("get",)),
        ("go tool kind get", "kind", ("get",)),
        ("kindly get", "kindly", ("get",)),
        ("A=b", "", ()),
    ],
)
def test_which_tool_is_called(text: str, tool: str, args: tuple[str, ...]) -> None:
    made = call(shell.parse_shell(text)[0].commands[0])
    assert (made.tool, made.args) == (tool, args)


def test_options_of_a_call() -> None:
    made = call(shell.parse_shell("kubectl -n default rollout status deploy/x --timeout=60s $ARGS")[0].commands[0])
    assert made.verb("rollout", "status")
    assert (made.option("--timeout"), made.option("-n"), made.option("-f")) == ("60s", "default", None)
    assert made.opaque


MAKEFILE = """\
include versions.mk
-include local.mk
OUT := $(CURDIR)/out # here
NAME ?= e2e
NAMES = $(NAME) \\
  two
override export KUBECONFIG := ${OUT}/$(NAME)
.PHONY: all $(NAMES)
define up
@kind create --name $(1) \\
  --image $(NODE)
-kubectl get $(UNKNOWN)
endef
all: a | b ; echo $$HOME '; #'
ifdef X
a: export Y = z
a c: $(OUT)/file
\t$(call up,$(NAME))

\t@+echo $@ $< $(@D) \\
\t  $(Y)
endif
%.o: %.c
\tcc
"""


def load(text: str, **files: str) -> makefile.Makefile:
    return makefile.load_makefile("e2e/Makefile", text, {f"e2e/{name}.mk": one for name, one in files.items()}.get)


def test_a_makefile() -> None:
    read = load(MAKEFILE, versions="NODE := kindest/node:v1\n")
    assert read.complete
    assert (read.includes, read.absent) == (("e2e/versions.mk",), ("local.mk",))
    assert read.phony == {"all", "e2e", "two"}
    assert read.exported == {"KUBECONFIG", "Y"}
    last = read.last("KUBECONFIG")
    assert last is not None
    assert (last.override, last.exported, last.line, last.column) == (True, True, 7, 17)
    assert read.value(last) == "/CURDIR/out/e2e"
    targets = {one.name: one for one in read.targets}
    assert targets["all"].prerequisites == ("a", "b")
    assert [one.text for one in read.scripts(targets["all"])] == ["echo $HOME '; #'"]
    recipe = [(one.prefix, one.text, one.line) for one in read.scripts(targets["a"])]
    assert recipe[0] == ("@", "kind create --name e2e \\\n  --image kindest/node:v1", 18)
    assert recipe[1][:2] == ("-", "kubectl get \ue000UNKNOWN\ue001")
    assert recipe[2] == ("@+", "echo a /CURDIR/out/file . \\\n  z", 20)
    assert targets["%.o"].pattern


def test_one_shell_and_another_prefix() -> None:
    read = load(".RECIPEPREFIX = >\n.ONESHELL:\nSHELL = bash\n.SHELLFLAGS = -ec\nall:\n>@a\n>\n>b | c\n")
    assert read.shell == "bash -ec"
    (script,) = read.scripts(next(one for one in read.targets if one.name == "all"))
    assert (script.text, script.line) == ("a\n\nb | c", 6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A := a\nA += b", "a b"),
        ("A = $(B)\nB = b", "b"),
        ("A := x\nA := $(A)/y", "x/y"),
        ("A = $(or $(C),d)", "d"),
        ("A = $(abspath out)", "/CURDIR/out"),
        ("A = $(shell pwd)/x", "/CURDIR/x"),
        ("A != date", "\ue000shell_date\ue001"),
        ("A = $$x", "$$x"),
        ("A = $(A)", "\ue000A\ue001"),
        ("A = ${B:x=y}", "\ue000B:x=y\ue001"),
    ],
)
def test_values(text: str, value: str) -> None:
    read = load(text + "\n")
    last = read.last("A")
    assert last is not None
    assert read.value(last) == value


def test_which_paths_are_absolute() -> None:
    known = {"/x": True, "~/x": True, "$HOME/x": True, "x": False, "../x": False, "\ue000X\ue001/x": None, "$X/y": None}
    assert {one: is_absolute(one) for one in known} == known
    assert unknown("\ue000X\ue001")
    assert not unknown("x")


@pytest.mark.parametrize("on", ["push", "[push]", "{push: }", "{push: {branches: [main]}}"])
def test_the_forms_of_on(on: str) -> None:
    text = f"on: {on}\njobs: {{a: {{runs-on: x, needs: b, steps: [{{run: x}}]}}}}\n"
    file = rules.recognise(".github/workflows/a.yaml", text).file
    assert file is not None
    flow = Workflow(file)
    assert list(flow.triggers) == ["push"]
    where = flow.trigger("push")
    assert where is not None
    assert where.line == 1
    assert flow.at_root
    assert flow.jobs[0].needs == ("b",)
    assert get(flow.node, "jobs", "b") is None


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("main", "main", True),
        ("main", "mainx", False),
        ("*", "a/b", False),
        ("**", "a/b", True),
        ("services/**", "services/a/b", True),
        ("services/**", "service/a", False),
        ("**/*.go", "a.go", True),
        ("**/*.go", "x/y/a.go", True),
        ("*.js", "x/a.js", False),
        ("v[0-9]+.?", "v1.", True),
        ("v[12].[0-9]+", "v1.10", True),
        ("v[12].[0-9]+", "v3.1", False),
        ("**/docs/**", "x/docs/y", True),
        ("a\\*b", "a*b", True),
        ("!main", "main", True),
        ("*a" * 200, "a" * 199 + "b", False),
    ],
)
def test_filter_patterns(pattern: str, name: str, expected: bool) -> None:
    assert matches_filter(pattern, name) is expected


def test_local_uses() -> None:
    assert local("./.github/workflows/a.yaml") == ".github/workflows/a.yaml"
    assert local("$/.github/workflows/a.yaml", "sub") == "sub/.github/workflows/a.yaml"
    assert local("./../../x") == ""
    assert local("actions/checkout@v7") == ""


SHELL_TEXT = st.text(alphabet="ab |&;()<>{}\"'`$\\#\n!=-[]\t", max_size=60) | st.text(max_size=40)


@given(SHELL_TEXT)
def test_no_shell_text_is_too_much(text: str) -> None:
    for one in shell.parse_shell(text):
        assert one.commands
        assert 0 <= one.line <= text.count("\n")


@given(st.text(alphabet="AB:=+?$(){}\t\n\\#%|; ,define", max_size=80) | st.text(max_size=40))
def test_no_makefile_is_too_much(text: str) -> None:
    read = load(text)
    for target in read.targets:
        for script in read.scripts(target):
            shell.parse_shell(script.text)
    assert read.shell


HOSTILE = {
    "substitutions": "$(" * 50_000,
    "quoted substitutions": '"$(' * 30_000,
    "groups": "{ a; " * 20_000,
    "conditions": "if " * 30_000,
    "sums": "$((" * 30_000,
    "ticks": "`\\`" * 30_000,
    "pipes": "a|" * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_shell_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    shell.parse_shell(text)
    assert time.process_time() - began < 2


BOMBS = {
    "doubling": "\n".join(f"A{n}=$(A{n - 1})$(A{n - 1})" for n in range(1, 60)) + "\nall: $(A59)\n\techo $(A59)\n",
    "calls": "define f\n$(call f,$(1)$(1))\nendef\nall:\n\t$(call f,xxxxxxxx)\n",
    "many": "B=" + "x " * 40_000 + "\n" + "".join(f"t{n}: $(B)\n\techo $(B) | tee x\n" for n in range(2000)),
    "brackets": "all: " + "$(" * 50_000,
    "chain": "".join(f"t{n}: t{n + 1}\n\tkind create cluster --name a{n}\n\trm -r out\n" for n in range(2000)),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_hostile_makefile_takes_no_time(text: str) -> None:
    file = rules.File("Makefile", text + "\nx: ; kind create cluster\n", "makefile")
    began = time.process_time()
    rules.check((file,), rules.Scope((file,)))
    assert time.process_time() - began < 8


@pytest.mark.parametrize("text", [
    "a: &x {b: 'c # d'} # e\nf: [*x, *x] # g\nh: *x\n# i\n",
    "a: &x\n  b: c # d\ne:\n  <<: *x # f\n  b: 'g # h'\n",
    "a: |  # b\n  c # d\ne: >-\n  f\n# g\n---\n# h\ni: \"j # k\"\n",
    "\ufeffa: b # c\n",
])  # fmt: skip
def test_comments_are_the_same_in_what_has_been_read(text: str) -> None:
    documents = expand(parse(text.removeprefix("\ufeff"), "a.yaml"), "a.yaml", KUBERNETES)
    assert comments(text, documents) == comments(text) != []
