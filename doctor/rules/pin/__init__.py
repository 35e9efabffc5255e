"""Versions that fit each other: known-good sets, partners, known breakages."""
