"""``doctor fix``: plans, locks, and changes to environments, models and adapters."""
