"""Parsers shared by rules: YAML objects, shell, Makefiles, workflows. They report no findings."""
