"""The end-to-end proof: a tiny real conversion and a real vLLM LoRA generation."""
