"""Tests of ``scaffold tags``."""
