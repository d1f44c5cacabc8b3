"""Reads an .mlpackage, the form in which Core ML takes an ML Program, without coremltools."""
