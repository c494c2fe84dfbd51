"""The behaviours of the shipped templates, a module or package each, called like the template; see ``behaviour``."""
