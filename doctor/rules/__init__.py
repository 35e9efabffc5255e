"""The rules, one file each: `<topic>/<topic><number>_<name>.py`."""
