"""Facts from files instead of from a live machine."""
