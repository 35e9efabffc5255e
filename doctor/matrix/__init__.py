"""Loading and validating the matrix."""
