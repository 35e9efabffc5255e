"""What every other layer speaks: facts, snapshots, rules, outcomes, reports.

A leaf: it imports the standard library only and performs no I/O, so that it travels to a node
on which nothing is installed.
"""
