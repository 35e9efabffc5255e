"""Rules on how a model is to be served: the command line of vLLM."""
