"""The default samples of the released family's components, with the embeddings given."""

from mobileswap.model.inputs.drawn import unit_vector
from mobileswap.model.inputs.pictures import photographs
from mobileswap.model.inputs.samples import Material, samples_of

FACES = ("eileen_collins", "grace_hopper")


def embeddings_of(length):
    """Of the photographs, drawn."""
    return {name: unit_vector(100 + i, length) for i, name in enumerate(FACES)}


def inputs_for(component, size, *, pictures=None, embeddings=None, fixed=None, samples=None):
    """Samples of a component; with ``fixed`` of one identity."""
    signature = component.signature(size)
    lead = signature.inputs[0]
    shown = photographs(lead.height, lead.width) if pictures is None else pictures
    takes = len(signature.inputs) > 1
    if embeddings is None and takes:
        embeddings = embeddings_of(signature.inputs[1].shape[1])
    persons = {name: {"embedding": x} for name, x in (embeddings or {}).items()} if takes and fixed is None else {}
    given = {} if fixed is None else {"embedding": fixed}
    return samples_of(signature, Material(shown, persons=persons, fixed=given), samples)
