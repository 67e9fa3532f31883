"""The smallest edits after which a plan meets its budgets."""
