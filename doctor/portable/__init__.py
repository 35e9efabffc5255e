"""The probe as one file, to be run on nodes where nothing is installed."""
