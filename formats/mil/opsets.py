"""Which specification and which operations an opset of MIL stands for.

As coremltools 9.0 has them: AvailableTarget names the specification's version of each system, and its registry of
operations says from which one on there is an operation, or a parameter of one. A test holds both tables against it.
"""

from collections.abc import Iterable, Mapping

from mobileswap.contracts.errors import Misdeclared
from mobileswap.formats.mil.program import FLOATS, Operation

# Opset → the specification's version that brought it, and the system
VERSIONS: Mapping[str, tuple[int, str]] = {
    "CoreML5": (6, "iOS15"),
    "CoreML6": (7, "iOS16"),
    "CoreML7": (8, "iOS17"),
    "CoreML8": (9, "iOS18"),
}
# What came after iOS 15: operation → version of the specification
SINCE: Mapping[str, int] = {
    "constexpr_affine_dequantize": 7,
    "constexpr_blockwise_shift_scale": 9,
    "constexpr_cast": 7,
    "constexpr_lut_to_dense": 7,
    "constexpr_lut_to_sparse": 9,
    "constexpr_sparse_blockwise_shift_scale": 9,
    "constexpr_sparse_to_dense": 7,
    "dequantize": 8,
    "fill_like": 7,
    "pixel_unshuffle": 7,
    "quantize": 8,
    "read_state": 9,
    "reshape_like": 7,
    "resize": 8,
    "scaled_dot_product_attention": 9,
    "slice_update": 9,
}
PARAMETERS_SINCE: Mapping[str, Mapping[str, int]] = {
    "constexpr_lut_to_dense": {"vector_axis": 9},
    "crop_resize": {"pad_value": 7, "boxes": 8, "box_indices": 8},
    "gather": {"batch_dims": 7, "validate_indices": 8},
    "gather_along_axis": {"validate_indices": 8},
    "gather_nd": {"batch_dims": 7, "validate_indices": 8},
    "gru": {"input_bias": 9, "reset_after": 9},
    "reduce_argmax": {"output_dtype": 8},
    "reduce_argmin": {"output_dtype": 8},
    "scatter": {"validate_indices": 8},
    "scatter_along_axis": {"validate_indices": 8},
    "scatter_nd": {"validate_indices": 8},
    "topk": {"return_indices": 7, "sort": 7, "output_indices_dtype": 8},
    "upsample_bilinear": {"half_pixel_centers": 7},
}
_MIXED_WEIGHTS = 8  # from here on an operation takes its weights in another float type than its data
_OWN_TYPES = ("upsample_bilinear", "upsample_nearest_neighbor", "cast")  # whose parameters have a type of their own


def require_versions(specification: int, opset: str) -> int:
    """The version of the specification that an opset stands for.

    Raises:
        Misdeclared: it is unknown, or the specification is of another version.
    """
    if opset not in VERSIONS:
        raise Misdeclared(f"the program declares opset {opset!r}, expected one of {', '.join(VERSIONS)}")
    version, system = VERSIONS[opset]
    if specification != version:
        raise Misdeclared(
            f"the file declares version {specification} of the specification, expected {version} for the opset "
            f"{opset} of {system}"
        )
    return version


def require_operations(operations: Iterable[Operation], version: int) -> None:
    """Refuse operations, parameters and types that came later than the file's own opset.

    Raises:
        Misdeclared: naming the operation.
    """
    for operation in operations:
        since = [(f"operation {operation.type} {operation.name!r}", SINCE.get(operation.type, 0))]
        later = PARAMETERS_SINCE.get(operation.type, {})
        since += [(f"{name} of {since[0][0]}", later.get(name, 0)) for name in operation.written]
        for what, needed in since:
            if needed > version:
                raise Misdeclared(f"{what} came with {_system(needed)}, expected what {_system(version)} has")
        if version < _MIXED_WEIGHTS and operation.type not in _OWN_TYPES:
            _require_one_type(operation)


def _require_one_type(operation: Operation) -> None:
    given = (variable for name in operation.written for variable in operation.inputs[name])
    found = {variable.dtype for variable in (*given, *operation.outputs)} & set(FLOATS)
    if len(found) > 1:
        raise Misdeclared(f"operation {operation.type} {operation.name!r} has fp16 and fp32, expected one of the two")


def _system(version: int) -> str:
    return next(system for number, system in VERSIONS.values() if number == version)
