"""What a tiny real model, its adapters and a real vLLM answer, stage by stage."""
