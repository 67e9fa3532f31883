"""Files to disk: what lies in the generated folder, what a compile would do to it, and doing it."""
