"""Distributions: what is installed, what releases declare, and what their binaries were built for."""
