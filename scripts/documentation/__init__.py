"""The pages under docs/ that are written from the rules and the matrix."""
