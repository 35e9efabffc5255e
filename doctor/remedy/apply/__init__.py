"""Applying a plan to an environment so that it ends as the old or the new one, whatever interrupts it."""
