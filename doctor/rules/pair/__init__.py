"""Rules on an environment that trains and the one that serves what it saves."""
