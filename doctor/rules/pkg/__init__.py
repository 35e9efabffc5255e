"""Rules of topic PKG."""
