"""Reading what model and adapter folders have in common. No weight is read, no pickle opened."""
