"""Rules of topic ENV."""
