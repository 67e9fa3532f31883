"""Training, evaluation and what goes with them, in PyTorch: one module for each generated file."""
