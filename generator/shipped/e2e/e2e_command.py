"""The command that creates an end-to-end test."""

from __future__ import annotations

from ...creation import Command, Option

COMMAND = Command(
    "Create an end-to-end test of a kubectl plugin on kind.\n\n"
    "Makefile, cluster, fixture, expected output and workflow.",
    lambda name: f"e2e/{name}",
    (
        Option("NAME", "Name of the test.", ("name",), question="Name of the test, such as kubectl-tree"),
        Option(
            "--plugin",
            "Name of the plugin in kubectl PLUGIN.",
            ("plugin",),
            metavar="PLUGIN",
            default="NAME without kubectl-",
        ),
        Option(
            "--krew-index",
            "Commit of krew's index with the version of the plugin to test.",
            ("install", "krew_index"),
            metavar="COMMIT",
        ),
        Option("--workflow/--no-workflow", "Whether to generate a workflow.", ("workflow",), bool, default="yes"),
    ),
    (
        "scaffold new-e2e kubectl-tree",
        "scaffold new-e2e tree-of-pods --plugin tree --no-workflow",
        "scaffold new-e2e kubectl-tree --krew-index 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d --update",
    ),
)
