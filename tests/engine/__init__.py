"""The engine, carrying a conversation that the product does not have (tests/sample_flow.py)."""
