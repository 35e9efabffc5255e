"""The machine around the interpreter."""
