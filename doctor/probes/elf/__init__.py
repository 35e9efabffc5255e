"""Shared libraries, read as ELF and never loaded."""
