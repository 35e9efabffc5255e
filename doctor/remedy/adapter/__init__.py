"""Mending what can be mended safely in an adapter folder: entries of its config, names of its tensors."""
