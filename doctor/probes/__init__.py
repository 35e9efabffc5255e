"""The probes: live facts of an interpreter and its machine. Nothing here imports the patient."""
