"""Folders of models and of adapters, as they lie on disk, and the tensors that follow from them."""
