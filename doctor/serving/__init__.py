"""What a server needs, by formula from a model's config and the headers of its weights: nothing is run."""
