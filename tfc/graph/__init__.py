"""The model as operations with shapes."""
