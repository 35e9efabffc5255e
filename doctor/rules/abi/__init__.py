"""Compiled extensions and the torch, libraries, C library and C++ ABI that they were built for."""
