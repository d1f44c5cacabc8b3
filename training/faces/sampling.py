"""Batches out of rendered shards. Step and seed decide what is in them, so a resumed run sees what it would have."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mobileswap.contracts.errors import BadInput
from mobileswap.training.faces.identity import draw_identity
from mobileswap.training.faces.rendered_set import Shard
from mobileswap.training.triplets import Triplets

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Pictures = npt.NDArray[np.uint8]

Place = tuple[int, int, int]  # shard, group, person within the group


class RenderedFaces:
    """Rendered shards as a source of batches."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        if not shards:
            raise BadInput("no rendered faces in the folder; run: mobileswap train render FOLDER")
        self.shards = shards
        self.pictures_of: dict[int, list[Place]] = defaultdict(list)
        for number, shard in enumerate(shards):
            for group, row in enumerate(shard.people):
                for place, person in enumerate(row):
                    self.pictures_of[int(person)].append((number, group, place))
        self.people = np.array(sorted(self.pictures_of))
        self._values: dict[int, Floats] = {}

    def picture(self, place: Place) -> Pictures:
        number, group, person = place
        return np.asarray(self.shards[number].pictures[group, person])

    def values(self, people: Ints) -> Floats:
        """(B, identity numbers) of the people of those seeds."""
        for person in people:
            if int(person) not in self._values:
                self._values[int(person)] = draw_identity(int(person)).values
        return np.stack([self._values[int(person)] for person in people])

    def portraits(self, rng: np.random.Generator, count: int) -> tuple[Pictures, Ints]:
        """Pictures of as many different people, and their seeds."""
        people = rng.choice(self.people, count, replace=count > len(self.people))
        places = [
            self.pictures_of[int(person)][int(rng.integers(len(self.pictures_of[int(person)])))] for person in people
        ]
        return np.stack([self.picture(place) for place in places]), people

    def triplets(self, rng: np.random.Generator, count: int, own: float) -> Triplets:
        """Swaps; in a part ``own`` of them the source is the target's own person, and the truth is the target."""
        rows = [self._triplet(rng, own) for _ in range(count)]
        source, target, truth = (np.stack([self.picture(row[i]) for row in rows]) for i in range(3))
        people = np.array([self.shards[row[2][0]].people[row[2][1], row[2][2]] for row in rows])
        yes = np.ones(count, np.bool_)
        return Triplets(source, target, truth, with_truth=yes, source_is_real=yes, people=people)

    def _triplet(self, rng: np.random.Generator, own: float) -> tuple[Place, Place, Place]:
        number = int(rng.integers(len(self.shards)))
        people = self.shards[number].people
        group = int(rng.integers(len(people)))
        new, old = (int(place) for place in rng.choice(people.shape[1], 2, replace=False))
        if rng.random() < own:
            old = new
        truth = (number, group, new)
        others = [place for place in self.pictures_of[int(people[group, new])] if place != truth]
        source = others[int(rng.integers(len(others)))] if others else truth
        return source, (number, group, old), truth
