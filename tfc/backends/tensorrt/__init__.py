"""Engines of TensorRT, built from the graphs of the ONNX backend."""
