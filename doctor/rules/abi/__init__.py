"""Rules of topic ABI."""
