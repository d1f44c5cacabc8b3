"""The networks, their checkpoints, and the exact rewrites that make them ready to ship."""
