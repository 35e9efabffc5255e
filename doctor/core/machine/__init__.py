"""The machine: GPUs, drivers, the system, and which compiled code runs on which of them."""
