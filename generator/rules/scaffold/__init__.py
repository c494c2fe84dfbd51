"""Rules whose findings are reported when files are read."""
