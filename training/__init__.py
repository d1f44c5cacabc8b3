"""The recipe that makes the trained weights: rendered faces whose true swap is known, networks, losses, stages.

Nothing imports this room but its command.
"""
