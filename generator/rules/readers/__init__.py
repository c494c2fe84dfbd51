"""Readers that rules share: YAML objects, shell, Makefiles, workflows. They find nothing wrong."""
