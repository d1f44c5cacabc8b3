"""A runtime in a process of its own: what it is asked, what it answers, and how its time is taken."""
