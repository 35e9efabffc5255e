"""Rules of topic MODEL."""
