"""The command line of vLLM, held against the release, the model, the adapters and the GPUs."""
