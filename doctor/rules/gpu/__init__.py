"""Driver and GPUs, and whether the installed builds run on them."""
