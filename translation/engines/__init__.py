"""One module per engine; `translation.factory.load_engine` imports only the one that is asked for."""
