"""The wheel carries templates and schemas, and works alone, from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_works_alone(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("scaffold_config-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert not [
            name for name in archive.namelist() if name.startswith(("tests", "templates", "schemas", "benchmarks"))
        ]
        assert any(name.endswith("data/share/man/man1/scaffold-diff.1") for name in archive.namelist())
        archive.extractall(tmp_path / "site")
    (tmp_path / "repo").mkdir()
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "generator", *arguments]
        done = subprocess.run(command, cwd=tmp_path / "repo", env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [sys.executable, "-c", "import generator; print(generator.__file__)"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(tmp_path / "site"))
    run("init")
    assert (tmp_path / "repo/.scaffold/schemas/kubernetes-fields.schema.json").is_file()
    run("new-service", "payments", "--image", "ghcr.io/example/payments:1.2.3")
    run("alerting")
    assert run("diff").startswith("4 units")
