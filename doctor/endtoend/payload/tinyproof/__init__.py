"""A tiny model and two adapters, through Hugging Face and through vLLM."""
