"""Puts the steps together: checkpoint, golden file, deploy graph, artifact, proof, timing, reports."""
