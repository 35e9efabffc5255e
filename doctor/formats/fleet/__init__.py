"""The verdict on a fleet, written for people and for programs."""
