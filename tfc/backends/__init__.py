"""Plan to files: one package or module for each thing that tfc writes code for."""
