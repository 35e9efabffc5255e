"""The environment doctor for people who fine-tune language models and serve them with vLLM."""

__version__ = "0.1.0"
