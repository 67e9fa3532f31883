"""What must hold of a plan: functions from a plan to diagnostics."""
