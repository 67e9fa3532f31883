"""Export to ONNX, the runtime that decodes without torch, and the server: one module for each generated file."""
