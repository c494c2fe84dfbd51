"""A repository in which every name and text means harm to a terminal or a runner, and what is printed of it.

The bytes are looked at as they are: no control character but the line end and our own colours, no command of a runner
but our annotations, JSON that parses and is the same everywhere.
"""

from __future__ import annotations

import ast
import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from generator import printable

from ..conftest import DEPLOYMENT, SPEC, Done, Repo, git

PACKAGE = Path(__file__).resolve().parents[2] / "generator"
HARM = "x\x1b]0;t\x07\x1b[2J\r\u202e::error::h##[error]h\x9b"
FOLDERS = (
    "::error::made",
    "##[error]made",
    "esc\x1b[2Jbel\x07",
    "bidi\u202e",
    "line\n::error::made",
    "$(touch made)`id`'\"",
)
OURS = re.compile(r"\x1b\[(?:[0-9]{1,2};)?[0-9]{1,2}m|\x1b\[0m")
COMMANDS: list[tuple[str, ...]] = [
    *(("diff", f"--format={one}") for one in ("text", "json", "github")),
    *(("diff", "--strict", f"--format={one}") for one in ("text", "json", "github")),
    *(("status", f"--format={one}") for one in ("text", "json", "github")),
    *(("list", f"--format={one}") for one in ("text", "json", "github-matrix", "github-images")),
    *(("validate", f"--format={one}") for one in ("text", "json", "github", "sarif")),
    ("validate", "--format=text", f"{HARM}.yaml"),
    *(("route", "am.yaml", "a=b", "--tree", f"--format={one}") for one in ("text", "json")),
    ("route", "am.yaml", "a=b", "--expect", HARM),
    ("route", "am.yaml", HARM),
    ("route", "harm", "a=b"),
    ("rules", "--format=json"),
    ("rules", "FX001"),
    ("rules", HARM),
    ("explain", DEPLOYMENT),
    ("explain", f"{DEPLOYMENT}:spec.replicas"),
    ("explain", f"{DEPLOYMENT}:spec.replicas", "--format=json"),
    ("explain", SPEC),
    ("explain", HARM),
    ("explain", f"{DEPLOYMENT}:{HARM}"),
    *(("edits", f"--format={one}") for one in ("text", "json")),
    ("edits", "--stat"),
    ("render", "services/payments"),
    ("render", HARM),
    ("reset", "services", "--dry-run"),
    ("reset", f"{DEPLOYMENT}:{HARM}"),
    ("reset", HARM),
    ("regenerate", "--dry-run"),
    ("regenerate", "--dry-run", "--format=json"),
    ("regenerate", f"--ours={HARM}"),
    ("merge", "a.yaml", "b.yaml", "c.yaml", "--path", HARM),
    ("new-service", HARM, "--image", HARM),
    ("new-service", "fine", "--image", "a:b", "--dir", HARM),
    ("new-e2e", HARM),
    ("alerting", HARM),
    ("alerting", "--set", HARM, "--receiver", HARM),
    ("init", "--ci-install", HARM),
    ("diff", "--changed-since", HARM),
    ("diff", f"--shard={HARM}"),
    ("diff", f"--root={HARM}"),
    ("diff", HARM),
    (HARM,),
    ("diff", f"--{HARM}"),
    ("--help",),
    ("diff", "--help"),
    ("--version",),
]
JSON = ("--format=json", "--format=sarif", "--format=github-matrix")


def quoted(text: str) -> str:
    return json.dumps(text)


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Units with harmful names, a conflict at harmful keys, findings, receivers and labels that mean harm."""
    repo = Repo(tmp_path_factory.mktemp("harm") / "repo")
    repo.root.mkdir()
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    repo.ok("init", "--automation", "flux-v1")
    repo.ok("new-service", "payments", "--image", "ghcr.io/example/payments:master-1")
    key = quoted("k\x1b[2J\u202e'##[x]\x07")
    value = HARM.removesuffix("\x9b")  # with that, kustomize could not build the Deployment, and the spec is refused
    repo.write(SPEC, repo.read(SPEC) + f"env:\n  A: {quoted(value)}\nlabels: {{{quoted('a/b')}: x}}\n")
    repo.run("regenerate")
    repo.edit(DEPLOYMENT, "replicas: 1", f"replicas: 5 # {chr(0x202E)}::error::h\x85")
    repo.write(DEPLOYMENT, repo.read(DEPLOYMENT) + f"{key}: 1 # ##[error]h\n")
    repo.write(SPEC, repo.read(SPEC) + "replicas: 3\n")
    for folder in FOLDERS:
        spec = "template: e2e\nname: kubectl-tree\nworkflow: false\n"
        repo.write(f"{folder}/scaffold.yaml", spec)
    repo.write("harm/scaffold.yaml", f"template: alerting\nname: {quoted(HARM)}\n{key}: {key}\n")
    repo.write(
        "am.yaml",
        f"route:\n  receiver: {quoted(HARM)}\n  routes:\n    - receiver: {quoted('::error::h')}\n      matchers: "
        f"[{quoted('a=b')}]\n      group_by: [{quoted(HARM)}]\nreceivers:\n  - name: {quoted(HARM)}\n"
        f"    webhook_configs: [{{url: 'http://a', {key}: 1}}]\n  - name: '::error::h'\n",
    )
    pod = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {" + key + ": 1, type: " + quoted(HARM) + "}\n"
    repo.write(f"{FOLDERS[0]}/a.yaml", pod)
    repo.write(f"{FOLDERS[2]}/a.yaml", pod)
    repo.write(f"{HARM}.yaml".replace("/", ""), pod)
    repo.write(
        ".github/workflows/a.yaml", f"on: push\njobs:\n  {key}:\n    runs-on: {quoted(HARM)}\n    steps: [{{run: x}}]\n"
    )
    for name, value in (("a", "1"), ("b", "2"), ("c", "3")):
        repo.write(f"{name}.yaml", f"{key}: {value}\n{quoted('::error::h')}: {quoted(HARM)}\n")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "harm")
    told = repo.run("diff").text
    assert "keep yours" in told, "there is a conflict to tell of"
    assert "harm/scaffold.yaml" in told, "and an invalid spec"
    return repo


BRANCH = "b\u202e##\u2066h\x85"  # git takes no control character of ASCII, colon or bracket in a branch's name
CONFIGS = {
    "a key": f"{quoted(HARM)}: 1\n",
    "a rule": f"rules: {{{quoted(HARM)}: off}}\n",
    "a severity": f"rules: {{FX001: {quoted(HARM)}}}\n",
    "a template": f"defaults: {{{quoted(HARM)}: {{replicas: 2}}}}\nhold: {{{quoted(HARM)}: [{quoted(HARM)}]}}\n",
    "a default": f"defaults: {{service: {{{quoted(HARM)}: {quoted(HARM)}}}}}\n",
    "versions": f"requires: {quoted(HARM)}\n",
    "a branch": f"ci: {{branches: [{quoted(HARM)}]}}\n",
    "a locked path": f"locked: [{quoted(HARM)}, spec.replicas]\n",
    "a policy": f"files: {{{quoted(HARM)}: {quoted(HARM)}}}\n",
}


@pytest.mark.parametrize(
    "what", [*CONFIGS, "a template's name", "a template's files", "a branch of git", "a suppression"]
)
def test_names_of_a_configuration_command_nothing(repo: Repo, what: str) -> None:
    """Keys of the config, rule ids, templates and branches, wherever a command may tell of them."""
    own = ".scaffold/templates/own"
    if what in CONFIGS:
        repo.write(".scaffold/config.yaml", CONFIGS[what])
        repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    elif what == "a template's name":
        repo.write("own/scaffold.yaml", f"template: {quoted(HARM)}\nname: x\n")
    elif what == "a template's files":
        repo.write(f"{own}/cookiecutter.json", json.dumps({"name": "x", HARM: "y", "_extensions": [HARM]}))
        repo.write(f"{own}/schema.json", json.dumps({"type": "object", "required": [HARM]}))
        repo.write(f"{own}/version", HARM)
        repo.write("own/scaffold.yaml", "template: own\nname: x\n")
    elif what == "a suppression":
        repo.write(DEPLOYMENT, f"# scaffold: ignore[FX001, {BRANCH}] {BRANCH}\n" + repo.read(DEPLOYMENT))
    else:
        git(repo.root, "add", "--all")
        git(repo.root, "commit", "--quiet", "--message", "one")
        git(repo.root, "checkout", "--quiet", "-b", BRANCH)
        (repo.root / ".scaffold/config.yaml").unlink()
    for command in (
        ("diff", "--format=github"),
        ("validate", "--format=github"),
        ("diff", "--changed-since", BRANCH),
        ("init",),
    ):
        code, sent = at_terminal(repo, *command)
        assert code in {0, 1, 2}, sent
        assert_harmless(sent.decode())
        done = repo.run(*command, GITHUB_ACTIONS="true")
        for stream, ours in ((done.out, "--format=github" in command), (done.err, True)):
            assert_harmless(stream)
            for line in runner_commands(stream):
                assert ours, line
                assert "##[" not in line
                assert re.match(r"::(?:error|warning|notice) file=[^,:]*,line=\d+,title=scaffold[^,:]*::", line), line


def at_terminal(repo: Repo, *arguments: str, **env: str) -> tuple[int, bytes]:
    """Run scaffold with a terminal for both outputs, and return its exit code and what the terminal was sent."""
    control, terminal = pty.openpty()
    os.set_blocking(control, True)
    clean = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "GITHUB_ACTIONS"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", *arguments],
        cwd=repo.root,
        env={**clean, "TERM": "xterm", "CI": "true", **env},  # without the progress of a slow run
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    sent = b""
    while True:
        try:
            data = os.read(control, 65536)
        except OSError:
            break
        if not data:
            break
        sent += data
    os.close(control)
    return process.wait(60), sent.replace(b"\r\n", b"\n")


def assert_harmless(text: str, *, tabs: bool = True) -> None:
    for char in set(OURS.sub("", text)) - {"\n", *("\t" if tabs else "")}:
        assert unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}, f"{char!r} in {text!r}"
        assert unicodedata.bidirectional(char) not in {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
    assert "made\n::error" not in text


def runner_commands(text: str) -> list[str]:
    """Return the lines that a runner takes for commands."""
    return [line for line in text.split("\n") if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: ascii(" ".join(one))[:60])
def test_nothing_of_a_repository_commands_a_terminal_or_a_runner(harmful: Repo, command: tuple[str, ...]) -> None:
    code, sent = at_terminal(harmful, *command)
    assert code in {0, 1, 2}, sent
    assert_harmless(sent.decode())
    done: Done = harmful.run(*command, GITHUB_ACTIONS="true")
    assert done.code == code
    for stream in (done.out, done.err):
        assert "\x1b" not in stream
        assert_harmless(stream)
    github = "--format=github" in command
    for stream, ours in ((done.out, github), (done.err, True)):
        for line in runner_commands(stream):
            assert ours, line
            assert re.match(r"::(?:error|warning|notice) file=[^,:]*,line=\d+,title=scaffold[^,:]*::", line), line
            assert "##[" not in line
    if any(one in JSON for one in command) and done.code != 2:
        assert json.loads(done.out) is not None
    if any(one in JSON for one in command):
        assert done.out == harmful.run(*command).out, "the same with and without a runner"
        assert done.out.isascii()


def test_the_matrix_parses_and_keeps_the_name(empty: Repo) -> None:
    empty.write("##[group]x/scaffold.yaml", "template: e2e\nname: kubectl-tree\nworkflow: false\n")
    done = empty.ok("list", "--format", "github-matrix", GITHUB_ACTIONS="true")
    assert json.loads(done.out)["include"][0]["dirs"] == ["##[group]x"]
    assert "##[" not in done.out
    assert done.out == empty.ok("list", "--format", "github-matrix").out


def test_a_folder_with_a_line_end_is_one_line(harmful: Repo) -> None:
    lines = harmful.run("list").out.splitlines()
    assert "line\\n::error::made  e2e" in lines
    assert "::error::made  e2e" in lines, "no runner reads this one"


RUN = ("echo '::stop-commands::x'", "  ::add-mask::true", "##[group]x", "\x1b[2J ok # ::not a command")


@pytest.mark.parametrize("command", [("render", "tools/a"), ("edits", "tools/a")], ids=" ".join)
def test_lines_of_files_in_a_log_and_in_a_file(empty: Repo, tmp_path: Path, command: tuple[str, ...]) -> None:
    """A runner takes none of them for a command, and is told; in a file each is as it is."""
    text = "".join(f"{one}\n" for one in ("::error::x", *RUN, "\t::warning file=x::y", "fine"))
    own = ".scaffold/templates/tool"
    schema = {"type": "object", "properties": {"template": {"const": "tool"}, "name": {"type": "string"}}}
    empty.write(f"{own}/cookiecutter.json", '{"name": ""}')
    empty.write(f"{own}/version", "1\n")
    empty.write(f"{own}/schema.json", json.dumps(schema))
    empty.write(f"{own}/{{{{cookiecutter.name}}}}/run.txt", text if command[0] == "render" else "a\n")
    empty.write("tools/a/scaffold.yaml", "template: tool\nname: a\n")
    empty.ok("regenerate")
    if command[0] == "edits":
        (empty.root / "tools/a/run.txt").write_bytes(f"a\n{text}".encode())
    done = empty.ok(*command, GITHUB_ACTIONS="true")
    assert_harmless(done.out.replace("\r\n", "\n"))
    assert runner_commands(done.out) == []
    assert "are escaped here: redirect stdout to a file to get them" in done.err
    plain = empty.ok(*command)
    assert plain.err == ""
    for line in text.rstrip("\n").split("\n"):
        assert line in plain.out, line
    target = tmp_path / "there"
    with target.open("wb") as file:
        code = [sys.executable, "-m", "generator", *command]
        subprocess.run(code, cwd=empty.root, env={**os.environ, "GITHUB_ACTIONS": "true"}, stdout=file, check=True)
    assert target.read_bytes().decode() == plain.out


def test_a_log_of_plain_lines_needs_no_note(repo: Repo) -> None:
    done = repo.ok("render", "services/payments", GITHUB_ACTIONS="true")
    assert (done.out, done.err) == (repo.ok("render", "services/payments").out, "")


def test_a_merge_prints_the_file_as_it_is(empty: Repo) -> None:
    text = "a: 1 # \x1b[2J ##[x] \u202e\r\n::error::x: '\x07'\n"
    for name in "abc":
        empty.write(name, text)
    done = subprocess.run(
        [sys.executable, "-m", "generator", "merge", "a", "b", "c"],
        cwd=empty.root, env={**os.environ, "GITHUB_ACTIONS": "true"}, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout == text.encode()


# --- the commands that are printed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    ["a b", "it's", "$(touch made)", "esc\x1b[2J", "tab\there", "\u202ebidi", "##[x]", "naïve", "a\\b'\x07", "-x"],
)
def test_a_command_that_is_printed_settles_the_conflict(repo: Repo, key: str) -> None:
    repo.write(SPEC, repo.read(SPEC) + "replicas: 1\n")
    repo.ok("regenerate")
    repo.write("mine.txt", "")
    text = "\n".join(printable.command_line(("printf", "%s"), f"--ours=a:{key}").splitlines())
    assert printable.escaped(text) == text
    assert "##[" not in text
    done = subprocess.run(["bash", "-c", text], cwd=repo.root, capture_output=True, check=True)
    assert done.stdout == f"--ours=a:{key}".encode()
    assert not repo.has("made")


def test_the_printed_command_works(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.write(SPEC, repo.read(SPEC) + "replicas: 3\n")
    told = repo.run("diff").out
    command = re.search(r"keep yours: scaffold (.*)", told)
    assert command
    script = f'"{sys.executable}" -m generator {command[1]}'
    subprocess.run(["bash", "-c", script], cwd=repo.root, check=True, capture_output=True)
    repo.ok("diff")


def test_options_are_added_before_the_names() -> None:
    words = ("scaffold", "new-service", "--image", "a:b", "--", "-x")
    assert printable.command_line(words, "--ours") == "scaffold new-service --image a:b --ours -- -x"


# --- completion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_offers_no_name_that_a_shell_reads_as_more(repo: Repo, shell: str) -> None:
    bad = [
        "$(touch made)",
        "`touch made`",
        "a b",
        'a"b',
        "a'b",
        "a;b",
        "a\\$(touch made)",
        "a\nb",
        "esc\x1b",
        "~a",
        "-x",
        "a*",
    ]
    for folder in bad:
        repo.write(f"{folder}/scaffold.yaml", repo.read(SPEC))
    env = {
        "_SCAFFOLD_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": "scaffold diff ",
        "COMP_CWORD": "2",
        "_TYPER_COMPLETE_ARGS": "scaffold diff ",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    said = repo.run(**env).out
    assert "services/payments" in said
    assert_harmless(said)
    assert not any(one in said for one in bad)
    assert not any(one in said for one in ("touch", "\\$", "`", ";"))


# --- output that cannot be written ------------------------------------------------------------------------------------

PLAIN: Sequence[tuple[str, ...]] = [
    ("--version",),
    ("--help",),
    ("diff",),
    ("diff", "--format=json"),
    ("diff", "--format=github"),
    ("status",),
    ("status", "--format=json"),
    ("list",),
    ("list", "--format=github-matrix"),
    ("validate",),
    ("validate", "--format=sarif"),
    ("rules",),
    ("rules", "FX001"),
    ("route", "am.yaml", "a=b", "--tree"),
    ("merge", "am.yaml", "am.yaml", "am.yaml"),
    ("regenerate",),
    ("init",),
    ("new-service", "other", "--image", "a:b", "--update"),
    ("new-e2e", "kubectl-tree", "--update"),
    ("alerting",),
]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", PLAIN, ids=" ".join)
def test_a_full_output_is_told_once(repo: Repo, command: tuple[str, ...]) -> None:
    repo.write("am.yaml", "route: {receiver: a}\nreceivers: [{name: a}]\n")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    script = f'"{sys.executable}" -m generator "$@"'
    for redirect, code, told in (
        ("> /dev/full", 2, "cannot be written: No space left on device\n"),
        ("> /dev/full 2>&1", 2, ""),
        (">&-", 2, "stdout: cannot be written: is closed\n"),
    ):
        run = ["bash", "-c", f"{script} {redirect}", "scaffold", *command]
        done = subprocess.run(run, cwd=repo.root, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if redirect == ">&-" and command == ("--help",):
            continue  # the library that prints it takes a closed output for one that nobody wants
        nothing_left = command[0] in {"regenerate", "init", "new-service", "new-e2e", "alerting"}
        if nothing_left and done.returncode == 0:
            assert "Traceback" not in done.stderr, "all was done before, and there is nothing to tell"
            continue
        assert done.returncode == code, (redirect, done)
        assert told in done.stderr, redirect
        assert done.stderr.count("cannot be written") == bool(told)
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr


def test_a_pipe_that_is_full_is_waited_for(repo: Repo) -> None:
    """Some programs share a pipe that does not block; a result longer than it holds is told whole."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "rules", "--format=json"],
        cwd=repo.root,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        process_ended = False
        data = b""
        while not process_ended:
            more = pipe.read1(4096)
            data += more
            process_ended = not more
    assert process.wait(60) == 0
    assert len(json.loads(data)) > 50


def test_a_reader_that_is_gone_ends_it_quietly(repo: Repo) -> None:
    script = f'"{sys.executable}" -m generator rules --format=json | head -c 1; echo " ${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], cwd=repo.root, capture_output=True, text=True, check=True)
    assert done.stdout == "[ 0\n"
    assert done.stderr == ""


def without_reader(repo: Repo, stream: str, *arguments: str) -> Done:
    """Run a command whose stdout or stderr is a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
    command = [sys.executable, "-m", "generator", *arguments]
    done = subprocess.run(command, cwd=repo.root, stdin=subprocess.DEVNULL, check=False, timeout=120, **streams)
    os.close(writer)
    return Done(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("rules",), 0),
        (("--help",), 0),
        (("diff", "--help"), 0),
        (("--version",), 0),
        (("status",), 0),
        (("diff",), 1),  # drift
        (("diff", "--format", "json"), 1),
        (("validate",), 1),  # findings
        (("diff", "nowhere"), 2),  # no such unit
        (("diff", "--nothing"), 2),
        (("merge", "a", "b", "c"), 2),
        ((), 2),  # the help, for want of a command
        (("regenerate",), 0),
    ],
    ids=str,
)
def test_a_reader_that_is_gone_changes_no_code(repo: Repo, command: tuple[str, ...], code: int, stream: str) -> None:
    repo.write(".github/workflows/x.yaml", "on: push\njobs: {a: {runs-on: x, steps: [{run: 'echo $'}, 5]}}\n")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    done = without_reader(repo, stream, *command)
    assert (done.code, done.out + done.err if stream == "stdout" and code < 2 else "") == (code, ""), done.text
    assert "Exception ignored" not in done.text
    if command == ("regenerate",):
        assert "containerPort: 9090" in repo.read(DEPLOYMENT), "the work is done to its end"
        repo.ok("diff")


# --- one printer ------------------------------------------------------------------------------------------------------


def test_nothing_but_the_console_prints() -> None:
    """No module writes to the standard streams, or asks, by another way."""
    names = {"print", "input", "breakpoint"}
    attributes = {"stdout", "__stdout__", "stderr", "__stderr__"}
    typers = {"echo", "secho", "prompt", "confirm", "show", "pause", "echo_via_pager"}
    allowed = {PACKAGE / "cli/console.py"}
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if path in allowed:
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                found.append(f"{path.name}:{node.lineno} {node.func.id}()")
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                one = (node.value.id, node.attr)
                if (one[0] == "sys" and one[1] in attributes) or (one[0] in {"typer", "click"} and one[1] in typers):
                    found.append(f"{path.name}:{node.lineno} {'.'.join(one)}")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\x1b" in node.value:
                found.append(f"{path.name}:{node.lineno} holds an escape")
    assert not found


def test_without_a_command_the_help_is_told_as_it_is(empty: Repo) -> None:
    done = empty.run()
    assert done.code == 2
    assert done.err.startswith("Usage: scaffold [OPTIONS] COMMAND [ARGS]...\n\n  Generate config")
    assert "Error" not in done.err
    assert "\\n" not in done.err


def test_a_note_of_init_says_below_what_to_do(tmp_path: Path) -> None:
    done = Repo(tmp_path).ok("init")
    assert "are left out\n    set the package to install" in done.err
