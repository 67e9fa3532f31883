"""How work is divided among devices: one file a strategy, and the layout that they make together."""
