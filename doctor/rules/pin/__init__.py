"""Rules of topic PIN."""
