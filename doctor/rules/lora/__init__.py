"""LoRA adapter folders: config, tensors, and what the vLLM that serves makes of them."""
