"""The server of the Model Context Protocol: what programs that talk to language models may ask of doctor."""
