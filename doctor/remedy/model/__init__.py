"""Mending what can be mended safely in a model folder: JSON files, never weights."""
