"""Rules of GitHub Actions workflows."""
