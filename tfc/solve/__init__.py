"""What each `auto` becomes: bounds on every layout, the exact tape for those that could be best."""
