"""Views of a report: each file here is one form of output, and nothing here detects anything."""
