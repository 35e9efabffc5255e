"""LoRA adapters: what vLLM will do with them."""
