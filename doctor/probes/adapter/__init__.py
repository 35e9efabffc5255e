"""Probes of adapter folders."""
