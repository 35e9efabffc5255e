"""Judging a fleet: reports arrive as a stream, each is judged and read into traits, and the nodes are compared."""
