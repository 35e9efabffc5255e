"""The installers on this machine: where uv is, and what pip is configured with."""
