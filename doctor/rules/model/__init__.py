"""Model folders: config, weights, index, tokenizer, leftovers, and what loads of them."""
