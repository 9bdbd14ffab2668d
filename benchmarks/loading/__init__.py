"""Parts of `benchmarks.load`: clients, what is watched meanwhile, and an empty application beside the server."""
