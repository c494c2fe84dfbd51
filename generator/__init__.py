"""Scaffold: generate config from specs, keep every edit, fail CI on drift."""

__version__ = "0.1.0"
