"""Installed distributions and their files."""
