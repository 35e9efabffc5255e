"""Rules of topic SYS."""
