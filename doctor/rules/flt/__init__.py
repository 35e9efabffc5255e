"""A fleet: every node reported, and what must be alike on all nodes, or be each one's own, is."""
