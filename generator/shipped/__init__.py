"""The behaviours of the shipped templates, one module or package per template, named after it; see ``behaviour``."""
