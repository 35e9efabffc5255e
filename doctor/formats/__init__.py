"""The report, rendered: one file a format."""
