"""Generated end-to-end tests on real clusters: the test of kubectl-tree, and of a service, made and run.

Run as ``make e2e``. Needs docker, kind, kubectl, and kubectl-tree on the PATH; takes a few minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SERVICE = """\
template: service
name: echo
image: docker.io/hashicorp/http-echo
tag: 1.0.0
port: 5678
health_path: /
env:
  ECHO_TEXT: hello
"""


def run(root: Path, *command: str) -> None:
    print(f"$ {' '.join(command)}", flush=True)
    code = subprocess.run(command, cwd=root, check=False).returncode
    if code:
        sys.exit(f"{' '.join(command)} ended with {code}; its folder is {root}")


def main() -> None:
    missing = [one for one in ("docker", "kind", "kubectl", "kubectl-tree", "make") if not shutil.which(one)]
    if missing:
        sys.exit(f"not on the PATH: {', '.join(missing)} (kubectl-tree: kubectl krew install tree)")
    scaffold = (sys.executable, "-m", "generator")
    root = Path(tempfile.mkdtemp(prefix="scaffold-e2e-"))
    run(root, *scaffold, "init", "--quiet")
    run(root, *scaffold, "new-e2e", "kubectl-tree", "--plugin", "tree")
    folder = root / "services/echo"
    folder.mkdir(parents=True)
    (folder / "scaffold.yaml").write_text(SERVICE, "utf-8")
    run(root, *scaffold, "regenerate")
    make = shutil.which("gmake") or "make"
    for test in ("e2e/kubectl-tree", "services/echo/e2e"):
        run(root, make, "-C", test, *sys.argv[1:])
    shutil.rmtree(root)
    print(f"both passed, on {os.environ.get('NODE_IMAGE') or 'the default node image'}", flush=True)


if __name__ == "__main__":
    main()
