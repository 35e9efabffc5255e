"""The GPUs and their driver, asked through NVML."""
