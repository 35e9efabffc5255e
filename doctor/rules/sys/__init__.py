"""The machine: system, memory, disks, limits, compiler."""
