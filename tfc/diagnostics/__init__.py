"""What can be wrong with a spec, how it is said, and what would mend it."""
