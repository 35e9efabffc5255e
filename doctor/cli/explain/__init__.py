"""``doctor explain``."""
