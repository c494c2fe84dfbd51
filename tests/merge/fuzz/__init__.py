"""Fuzzers of the merge, a module a class. What is expected is known from how a triple was made, never from the engine.

``python -m tests.merge.fuzz [CLASS...] --count N --seed S [--show K]`` prints a table, and examples of each fault.
"""
