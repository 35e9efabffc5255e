"""Environment variables that steer the stack, and what they hide or break."""
