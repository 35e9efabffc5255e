"""Fleets: their nodes, what is compared between them, and what is concluded of it."""
