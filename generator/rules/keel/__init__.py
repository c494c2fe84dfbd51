"""Rules of Keel."""
