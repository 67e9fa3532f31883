"""Text and tree of a spec: reading one into the other, and laying the other out again."""
