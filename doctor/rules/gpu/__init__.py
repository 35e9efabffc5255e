"""Rules of topic GPU."""
