"""``doctor fleet`` and its commands."""
