"""What a running server costs its users, beside the bare engine and a peer."""
