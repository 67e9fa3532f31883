"""What is built, measured: beside what was predicted of it, and against the budgets."""
