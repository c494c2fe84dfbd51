"""Bad and hostile input: one clear message with its place, exit 2, and nothing written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from generator import assets

from ..conftest import DEPLOYMENT, LOCK, SPEC, Done, Repo

CONFIG = ".scaffold/config.yaml"


def refused(repo: Repo, *arguments: str, **env: str) -> Done:
    """Run a command that must end with 2 and leave every file as it was."""
    before = repo.snapshot()
    done = repo.run(*arguments, **env)
    assert done.code == 2, done.text
    assert repo.snapshot() == before
    return done


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["../x", "--image", "a/b:1.2.3"], 'NAME: name is "../x"'),
        (["a/b", "--image", "a/b:1.2.3"], 'NAME: name is "a/b"'),
        ([".git", "--image", "a/b:1.2.3"], 'NAME: name is ".git"'),
        (["Upper", "--image", "a/b:1.2.3"], 'NAME: name is "Upper"'),
        (["a" * 300, "--image", "a/b:1.2.3"], "NAME: name"),
        (["a\nb", "--image", "a/b:1.2.3"], r'NAME: name is "a\\nb"'),
        (["a\n", "--image", "a/b:1.2.3"], r'NAME: name is "a\\n"'),
        (["", "--image", "a/b:1.2.3"], 'NAME: name is ""'),
        (["--image", "a/b:1.2.3", "--", "-x"], 'NAME: name is "-x"'),
        (["-x", "--image", "a/b:1.2.3"], "No such option"),
        (["x", "--image", "A B"], "--image: image is"),
        (["x", "--image", "a/b@sha256:00"], "pinned by a digest"),
        (["x", "--image", "a/b:"], "--image: image is"),
        (["x", "--image", "a/b:latest"], "--image: tag is"),
        (["x", "--image", "a/b:LATEST"], "--image: tag is"),
        (["x", "--image", "a/b:$(id)"], "--image: tag is"),
        (["x", "--image", "a/b:1.2.3", "--tag", "1.2.4"], "--tag: is '1.2.4'"),
        (["x", "--image", "a/b:1.2.3", "--port", "0"], "--port: port is 0, less than 1"),
        (["x", "--image", "a/b:1.2.3", "--port", "http"], "Invalid value for '--port'"),
        (["x", "--image", "a/b:1.2.3", "--replicas", "-1"], "--replicas: replicas is -1"),
        (["x", "--image", "a/b:1.2.3", "--namespace", "Ä"], "--namespace: namespace.name is"),
        (["x", "--image", "a/b:1.2.3", "--container", "a b"], "--container: container is"),
        (["x", "--image", "a/b:1.2.3", "--tag-glob", "*"], "--tag-glob: tags 'glob:*' matches every tag"),
        (["x", "--image", "a/b:1.2.3", "--tag-glob", "master-*"], "does not match glob:master-*"),
        (["x", "--image", "a/b:1.2.3", "--tag-semver", "newest"], "is not a valid version range"),
        (["x", "--image", "a/b:1.2.3", "--tag-regexp", "(?!x)"], "is not a valid RE2 expression"),
        (["x", "--image", "a/b:1.2.3", "--tag-regexp", "1.2"], "'regexp:1.2' is not anchored to the start or end"),
        (["x", "--image", "a/b:v1", "--tag-regexp", "^v1"], "tags 'regexp:^v1' is not anchored to the end"),
        (["x", "--image", "a/b:v1", "--tag-regexp", r"^v1\Z"], "is not a valid RE2 expression"),
        (["x", "--image", "a/b:1.0.0", "--tag-semver", ">=1.0,,<2.0"], "is not a valid version range"),
        (["x", "--image", "a/b:v1", "--tag-glob", "v?"], "only * is special"),
        (["x", "--image", "a/b:1.0.0", "--tag-semver", "~0.0.0"], "matches every version"),
        (["x", "--image", "a/b:48239175", "--tag-semver", ">=1"], "--image: the tag 48239175 is a commit or a number"),
        (["x", "--image", "a/b:1.2", "--tag-regexp", "^1\\.2"], r"tags 'regexp:^1\.2' is not anchored to the end"),
        (
            ["x", "--image", "a/b:1.0.0", "--automation", "none", "--tag-semver", "bogus>>"],
            "is not a valid version range",
        ),
        (
            ["x", "--image", "a/b:1.0.0", "--automation", "none", "--tag-regexp", "(?!x)"],
            "is not a valid RE2 expression",
        ),
        (["x", "--image", "a/b:1.0.0", "--automation", "none", "--tag-numerical", "^x$"], "has no named group"),
        (["x", "--image", "a/b", "--automation", "flux-v2", "--tag-glob", "main-*"], "(the option is --tag-numerical)"),
        (["x", "--image", "a/b", "--tag-glob", "latest"], "tag is missing"),
        (["x", "--image", "a/b", "--tag-regexp", "^v"], "tag is missing"),
        (["x", "--image", "a/b", "--tag-regexp", "^v", "--tag-glob", "v*"], "an image has one tag policy"),
        (["x", "--image", "a/b:1.2.3", "--dir", "../out"], "is outside the repository"),
        (["x", "--image", "a/b:1.2.3", "--dir", "/elsewhere/out"], "is outside the repository"),
        (["x", "--image", "a/b:1.2.3", "--dir", ".git/x"], "leads into the .git folder"),
        (["x", "--image", "a/b:1.2.3", "--dir", "services/.GIT"], "leads into the .git folder"),
        (["x", "--image", "a/b:1.2.3", "--automation", "flux-v9"], "Invalid value for '--automation'"),
        (["x"], "--image: is missing"),
        ([], "NAME: is missing"),
        ([], "--image: is missing"),
    ],
    ids=lambda value: " ".join(value)[:40].encode("ascii", "replace").decode() if isinstance(value, list) else "",
)
def test_new_service(empty: Repo, arguments: list[str], message: str) -> None:
    done = refused(empty, "new-service", *arguments)
    assert message.replace("\\\\", "\\") in done.err.replace("\\\\", "\\")


@pytest.mark.parametrize(
    ("spec", "places"),
    [
        (
            "template: service\nname: x\nimage: a/b\nreplica: 2\n",
            ["4:1: unknown key 'replica'", "did you mean 'replicas'?"],
        ),
        (
            "template: service\nname: x\nname: y\nimage: a/b\n",
            ["3:1: the key 'name' is duplicated, in line 2 and in line 3"],
        ),
        ("template: service\nname: x\n", ["1:1: image is missing"]),
        (
            "template: service\nname: x\nimage: a/b\nport: 99999\nfoo: 1\n",
            ["4:7: port is 99999", "5:1: unknown key 'foo'"],
        ),
        ("template: service\nname: x\nimage: a/b\nenv: {A: '" + "x" * 300_000 + "'}\n", ["is larger than 256 KiB"]),
        ("template: service\nname: x\nimage: a/b\nenv: " + "{a: " * 200 + "}" * 200 + "\n", ["nested deeper than"]),
        ("template: service\nname: x\nimage: a/b\nenv: {A: 'a\x01b'}\n", ["is not readable text"]),
        ("template: service\nname: x\nimage: a/b\nenv: {A: '\udcff'}\n", ["is not readable text"]),
    ],
    ids=lambda value: "",
)
def test_specs(repo: Repo, spec: str, places: list[str]) -> None:
    repo.write("services/bad/scaffold.yaml", spec)
    before = repo.snapshot()
    for command in ("diff", "status", "regenerate"):
        done = repo.run(command)
        assert done.code == 2, done.text
        for place in places:
            assert place in done.err
        assert "services/bad/scaffold.yaml" in done.err
        assert "payments" in done.out or command == "regenerate" or "3 units" in done.out
    assert repo.snapshot() == before


def test_an_invalid_unit_does_not_stop_the_others(repo: Repo) -> None:
    repo.write("services/bad/scaffold.yaml", "template: service\n")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    assert repo.run("regenerate").code == 2
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("lables: {a: b}\n", "config.yaml:1:1: unknown key 'lables'"),
        ("automation: 1\n", "1:13: automation is 1, not one of"),
        ("defaults: {service: {replica: 2}}\n", "1:22: unknown key 'replica'"),
        ("defaults: {service: {name: x}}\n", "1:22: the key 'name' is not allowed in the defaults of service"),
        ("defaults: {service: {replicas: 2, template: service}}\n", "1:35: the key 'template' is not allowed in the"),
        ("defaults: {service: {template: service}}\n", "    remove it: each spec names its template\n"),
        ("defaults: {e2e: {files: {'*': once}}}\n", "    write files in specs, or at the top of this file\n"),
        ("defaults: {service: {file: {'*': once}}}\n", "1:22: unknown key 'file'"),
        ("defaults: {servce: {replicas: 3}}\n", 'config.yaml:1:12: defaults names "servce", which is not a template'),
        ("hold: {servce: ['*']}\n", "did you mean 'service'?"),
        ("hold: {database: ['*']}\n", f"templates: {', '.join(assets.template_names())}"),
        ("requires: '>=9'\n", "this repository requires scaffold >=9"),
        ("requires: nine\n", "not a valid version range"),
        ("a: [\n", "is not valid YAML"),
        ("files: {'*': always}\n", "not one of"),
        ("automation: flux-v1\nautomation: none\n", "is duplicated, in line 1 and in line 2"),
    ],
)
def test_configs(repo: Repo, config: str, message: str) -> None:
    repo.write(CONFIG, config)
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    for command in (
        ["diff"],
        ["regenerate"],
        ["status"],
        ["alerting"],
        ["new-service", "x", "--image", "a:1.2"],
        ["init"],
    ):
        assert message in refused(repo, *command).err


def hostile(change: Callable[[dict[str, object]], object]) -> Callable[[str], str]:
    def apply(text: str) -> str:
        data = json.loads(text)
        change(data)
        return json.dumps(data)

    return apply


def renamed(path: str) -> Callable[[str], str]:
    return hostile(lambda data: data["files"][0].update(path=path))  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: len(text) // 2], "is not JSON"),
        (lambda text: "", "is not JSON"),
        (lambda text: "[]", "is not a lock"),
        (lambda text: "{}", "is not a lock"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "has format 2, newer than 1"),
        (lambda text: re.sub(r'"version": \d+', '"version": 99', text), "generated by version 99 of template service"),
        (lambda text: "<<<<<<< HEAD\n" + text, "merge conflict markers"),
        (lambda text: text.replace('"format": 1', '"format": 1, "format": 1'), "a key is duplicated"),
        (lambda text: "[" * 100_000, "is broken"),
        (hostile(lambda data: data.update(files=5)), "is broken"),
        (hostile(lambda data: data["files"].append(data["files"][0])), "files[7].path is duplicated"),  # type: ignore[attr-defined,index]
        (hostile(lambda data: data["files"][0].update(mode="4755")), 'files[0].mode is neither "644" nor "755"'),  # type: ignore[index]
        (renamed("../outside.yaml"), "names '../outside.yaml'"),
        (renamed("/etc/passwd"), "does not belong to this unit"),
        (renamed("deploy/../../x"), "names"),
        (renamed(".git/hooks/pre-commit"), "the .git folder"),
        (renamed("a/.GiT/config"), "the .git folder"),
        (renamed("a/.g\u200cit/config"), "the .git folder"),
        (renamed("a\nb"), "control character"),
        (renamed("a\\b"), "forward slashes"),
        (renamed("scaffold.yaml"), "is the name of a spec or lock"),
        (renamed("/.github/workflows/other.yaml"), "does not belong to this unit"),
        (renamed("nested/deploy/x.yaml"), "both own services/payments/nested"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_locks(repo: Repo, change: Callable[[str], str], message: str) -> None:
    repo.write("services/payments/nested/scaffold.yaml", "template: service\nname: nested\nimage: a/b\n")
    repo.write("services/payments/nested/deploy/x.yaml", "a: 1\n")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.write(LOCK, change(repo.read(LOCK)))
    for command in ("diff", "status", "regenerate"):
        done = refused(repo, command, "services/payments/deploy")
        assert f"{LOCK}:" in done.err
        assert message in done.err


def test_a_lock_cannot_name_a_file_through_a_link(repo: Repo) -> None:
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (outside / "deployment.yaml").write_text("secret: 1\n")
    deploy = repo.root / "services/payments/deploy"
    for one in deploy.iterdir():
        one.unlink()
    deploy.rmdir()
    deploy.symlink_to(outside)
    for command in ("diff", "regenerate"):
        done = repo.run(command)
        assert done.code == 2
        assert "symbolic link" in done.err
        assert "secret" not in done.text
    assert (outside / "deployment.yaml").read_text() == "secret: 1\n"


@pytest.mark.parametrize("path", [DEPLOYMENT, SPEC, LOCK, CONFIG])
@pytest.mark.parametrize("target", ["/etc/hostname", "nowhere"])
def test_links_are_not_followed(repo: Repo, path: str, target: str) -> None:
    (repo.root / path).unlink()
    (repo.root / path).symlink_to(target)
    for command in ("diff", "regenerate"):
        done = repo.run(command)
        assert done.code == 2, done.text
        assert "symbolic link" in done.err
    assert str((repo.root / path).readlink()) == target


def test_a_folder_or_a_pipe_where_a_file_should_be(repo: Repo) -> None:
    (repo.root / DEPLOYMENT).unlink()
    (repo.root / DEPLOYMENT).mkdir()
    assert "is not a regular file" in refused(repo, "regenerate").err
    (repo.root / DEPLOYMENT).rmdir()
    os.mkfifo(repo.root / DEPLOYMENT)
    done = repo.run("regenerate")
    assert done.code == 2
    assert "is not a regular file" in done.err


def test_a_file_where_a_folder_should_be(empty: Repo) -> None:
    empty.write("services", "I am a file\n")
    assert "services" in refused(empty, "new-service", "x", "--image", "a/b:1.2.3").err


def test_the_dot_folder_cannot_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    root = tmp_path / "repo"
    root.mkdir()
    (root / ".scaffold").symlink_to(tmp_path / "elsewhere")
    done = Repo(root).run("init")
    assert done.code == 2
    assert "symbolic link" in done.err
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_repository_inside_another_is_not_the_others(empty: Repo) -> None:
    (empty.root / "vendored/.git").mkdir(parents=True)
    before = empty.snapshot()
    done = empty.run("new-service", "x", "--image", "a/b:1.2.3", cwd="vendored")
    assert done.code == 2
    assert "no .scaffold folder here or in a parent folder" in done.err
    assert empty.snapshot() == before


def test_no_root(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    for command in (
        ["diff"],
        ["regenerate"],
        ["status"],
        ["list"],
        ["alerting"],
        ["new-service", "x", "--image", "a/b:1.2"],
    ):
        done = repo.run(*command)
        assert done.code == 2
        assert "no .scaffold folder here or in a parent folder" in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder(repo: Repo) -> None:
    (repo.root / "services").chmod(0o555)
    try:
        done = refused(repo, "new-service", "x", "--image", "a/b:1.2.3")
        assert "cannot be written to" in done.err
    finally:
        (repo.root / "services").chmod(0o755)


def test_two_units_that_differ_only_in_case(repo: Repo) -> None:
    repo.write("services/Payments/scaffold.yaml", repo.read(SPEC))
    done = repo.run("diff")
    assert done.code == 2
    assert "services/Payments/scaffold.yaml and services/payments/scaffold.yaml" in done.err


def test_two_units_that_own_one_path(repo: Repo) -> None:
    repo.write("services/payments/deploy/scaffold.yaml", "template: service\nname: inner\nimage: a/b\n")
    done = repo.run("diff", "services/payments")
    assert done.code == 2
    assert "services/payments/scaffold.yaml and services/payments/deploy/scaffold.yaml both own" in done.err


LITERAL = [
    "yes", "no", "on", "off", "y", "n", "null", "~", "true", "1.10", "0123", "0o17", "0x1f", "1e3", "12:30:00",
    "2026-01-01", ".5", "a: b", "#x", "x #y", "- a", "? a", "'", "\"", "it's \"both\"", "\\n", "{{ 7*7 }}",
    "{% raw %}", "{# no #}", "{{ .Alerts }}", "[[ 7*7 ]]", "[% if %]", "${{ x }}", "$(id)", "`id`", "a\nb\n",
    "\n", " lead", "trail ", "", "tab\there", "😀 ünïcode", "\u2028", "&a", "*a", "!x", "|", ">", "%", "@", "=",
    "<<", "-", "---", "...", "x" * 5000,
]  # fmt: skip


def test_values_arrive_literally(repo: Repo) -> None:
    env = {f"V{n}": value for n, value in enumerate(LITERAL)}
    repo.write(SPEC, repo.read(SPEC) + f"env: {json.dumps(env, ensure_ascii=False)}\n")
    repo.ok("regenerate")
    document = yaml.safe_load(repo.read(DEPLOYMENT))
    found = document["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {one["name"]: one["value"] for one in found} == env


NOT_A_TEMPLATE = "{{ 7*7 }}"  # for Alertmanager, which would not send the text


@pytest.mark.parametrize("value", [one for one in LITERAL if one.strip() and one != NOT_A_TEMPLATE])
def test_texts_of_alerts_arrive_literally(empty: Repo, value: str) -> None:
    spec = {"template": "alerting", "name": "a", "slack": {"title": value, "text": value, "username": value}}
    empty.write("alerting/scaffold.yaml", json.dumps(spec, ensure_ascii=False))
    empty.ok("regenerate")
    config = yaml.safe_load(empty.read("alerting/values.yaml"))["alertmanager"]["config"]
    (slack,) = config["receivers"][1]["slack_configs"]
    assert [slack[key] for key in ("title", "text", "username")] == [value] * 3


def test_texts_of_alerts_are_templates(empty: Repo) -> None:
    spec = {"template": "alerting", "name": "a", "slack": {"title": NOT_A_TEMPLATE}}
    empty.write("alerting/scaffold.yaml", json.dumps(spec))
    done = empty.run("regenerate")
    assert done.code == 2
    assert "slack_configs.title is not a valid template" in done.err


@pytest.mark.parametrize(
    "channel", ["#alerts", "@me", "C024BE91L", "yes", "1.10", "'\"", "{{.Status}}", "${{x}}", "$(id)", "😀"]
)
def test_options_arrive_literally(empty: Repo, channel: str) -> None:
    empty.ok("alerting", "--slack-channel", channel)
    config = yaml.safe_load(empty.read("alerting/values.yaml"))["alertmanager"]["config"]
    assert config["receivers"][1]["slack_configs"][0]["channel"] == channel
    assert yaml.safe_load(empty.read("alerting/scaffold.yaml"))["slack"]["channel"] == channel


def test_control_characters_do_not_reach_the_terminal(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1\n", "replicas: 1 # \u202e der\n")
    repo.edit(SPEC, "image:", "port: 9090\nreplicas: 2\nimage:")
    done = repo.run("diff")
    assert "\u202e" not in done.text
    assert "\\u202e der" in done.text
    repo.edit(DEPLOYMENT, "# \u202e der", "# \x1b[31m red")
    done = repo.run("diff")
    assert "\x1b" not in done.text
    assert "is not readable text" in done.out


def test_file_text_issues_no_workflow_commands(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "    spec:\n", "    # ::error::owned\n    #\n    spec:\n")
    repo.write("services/payments/deploy/service.yaml", "::set-output name=a::b\n##[error]x\n")
    (repo.root / LOCK).unlink()
    for command in (["diff"], ["regenerate"]):
        done = repo.run(*command, GITHUB_ACTIONS="true")
        for line in done.text.splitlines():
            text = line.lstrip(" +-")
            assert not text.startswith(("::set-output", "::error::owned", "##["))
