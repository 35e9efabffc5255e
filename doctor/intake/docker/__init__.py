"""What a Dockerfile says of the environment that it builds, without building anything."""
