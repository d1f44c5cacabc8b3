"""How large a step is: up over a warm-up, then down along half a cosine."""

import math


def rate_at(step: int, steps: int, peak: float, warm_up: int, floor: float = 0.02) -> float:
    """The learning rate of a step counted from 0; ``floor`` is what remains at the end, in parts of the peak."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    done = min((step - warm_up) / max(steps - warm_up, 1), 1)
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done)))
