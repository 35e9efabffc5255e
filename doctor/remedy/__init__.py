"""Mending: a plan from a report, and the lock file that carries it out."""
