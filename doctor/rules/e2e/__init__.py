"""Rules of topic E2E."""
