"""A component as a graph that can ship: deployed, wrapped, and watched from inside."""
