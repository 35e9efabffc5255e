"""Installed distributions: requirements, files, duplicates, leftovers, shadows."""
