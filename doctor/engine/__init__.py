"""Probes are run under guard here, and rules judge what they found."""
