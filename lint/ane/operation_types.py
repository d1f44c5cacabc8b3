"""Operations by their type alone, as the sources list them."""

from mobileswap.contracts.lint_report import Verdict
from mobileswap.formats.mil.program import Operation
from mobileswap.lint.ane.operation_view import CONSTEXPR, Hit, View, listed, numbers
from mobileswap.lint.ane.padding_and_resizing import RESIZES
from mobileswap.lint.ane.tier import TEXTURE_ENGINE, TRIGONOMETRY, Presence

_NEVER = """
    acos acosh asin asinh atanh band_part call cond constexpr_cast cosh custom_layer gru list_gather list_length
    list_read list_scatter list_write logical_and logical_or logical_xor lstm make_list mod non_maximum_suppression
    non_zero one_hot
    random_bernoulli random_categorical random_normal reduce_prod reverse_sequence rnn scatter scatter_along_axis
    scatter_nd shape sinh sliding_windows tan while_loop
"""
_TEXTURE = "affine argsort crop_resize gather gather_along_axis gather_nd resample topk"
_TRIGONOMETRIC = "cos random_uniform reduce_argmin sin"
_PRODUCTS = "conv conv_transpose linear matmul einsum scaled_dot_product_attention avg_pool max_pool l2_pool"
_NORMALISATIONS = "batch_norm layer_norm instance_norm l2_norm local_response_norm"
_ARITHMETIC = """
    abs add sub mul real_div floor_div pow square sqrt rsqrt inverse maximum minimum cumsum atan
    equal not_equal greater greater_equal less less_equal logical_not select
"""
_ACTIVATIONS = """
    relu relu6 leaky_relu prelu clamped_relu thresholded_relu threshold clip elu sigmoid sigmoid_hard tanh scaled_tanh
    gelu silu softmax softplus softplus_parametric softsign erf exp exp2 log sign ceil floor round
"""
_REDUCTIONS = """
    reduce_sum reduce_mean reduce_max reduce_min reduce_sum_square reduce_l1_norm reduce_l2_norm reduce_log_sum
    reduce_log_sum_exp reduce_argmax
"""
_MOVEMENTS = """
    reshape reshape_like expand_dims squeeze flatten2d transpose concat split stack slice_by_size slice_by_index
    slice_update reverse tile depth_to_space space_to_depth pixel_shuffle pixel_unshuffle space_to_batch batch_to_space
    identity fill fill_like crop cast quantize dequantize read_state write_state
"""
NEVER = frozenset(_NEVER.split())
TEXTURE = frozenset(_TEXTURE.split())
TRIGONOMETRIC = frozenset(_TRIGONOMETRIC.split())
NATIVE = frozenset(" ".join((_PRODUCTS, _NORMALISATIONS, _ARITHMETIC, _ACTIVATIONS, _REDUCTIONS, _MOVEMENTS)).split())
_FACTORS = (2, 3, 4, 8)
_LONGEST_ARGMAX = 2048
_LONGEST_TRANSPOSE = 16384


def never(op: Operation, _: View) -> Hit | None:
    return Hit(Verdict.FALLS_OFF, f"{op.type} is on no chip's Neural Engine") if op.type in NEVER else None


def newer(op: Operation, view: View) -> Hit | None:
    """What came with the texture engine, or with hardware for trigonometry."""
    if op.type not in TEXTURE | TRIGONOMETRIC:
        return None
    with_texture = op.type in TEXTURE
    need = "a texture engine or sorting" if with_texture else "a later chip's own unit"
    match view.chip.has(TEXTURE_ENGINE if with_texture else TRIGONOMETRY):
        case Presence.PRESENT:
            return Hit(Verdict.OK, f"{op.type} is native on this chip")
        case Presence.DISPUTED:
            return Hit(Verdict.AT_RISK, f"{op.type} needs {need}, which this chip may not have")
    return Hit(Verdict.AT_RISK, f"{op.type} needs {need}, which this chip has not")


def parameters(op: Operation, _: View) -> Hit | None:
    """Parameters of concat, transpose, tile, pixel shuffling and argmax that not every value is allowed for."""
    match op.type:
        case "concat" if numbers(op, "axis") is None:
            return Hit(Verdict.AT_RISK, "the axis is computed at run time")
        case "transpose" if max(op.outputs[0].shape, default=0) > _LONGEST_TRANSPOSE:
            return Hit(Verdict.AT_RISK, f"an axis is longer than {_LONGEST_TRANSPOSE}")
        case "tile" if _outside(numbers(op, "reps") or (0,), (1, *_FACTORS)):
            return Hit(Verdict.AT_RISK, f"repeats {listed(numbers(op, 'reps') or ())}; 2, 3, 4 and 8 are sure")
        case "pixel_shuffle" if _outside(numbers(op, "upscale_factor") or (0,), _FACTORS):
            return Hit(Verdict.AT_RISK, "the factor is none of 2, 3, 4 and 8")
        case "reduce_argmax" | "reduce_argmin" if _reduced_length(op) > _LONGEST_ARGMAX:
            return Hit(Verdict.AT_RISK, f"over an axis longer than {_LONGEST_ARGMAX}")
    return None


def native(op: Operation, _: View) -> Hit | None:
    if op.type.startswith(CONSTEXPR) and op.type not in NEVER:
        return Hit(Verdict.OK, "weights, unpacked when the model is loaded")
    return Hit(Verdict.OK, f"{op.type} is native from the A13 on") if op.type in NATIVE else None


def unlisted(op: Operation, _: View) -> Hit | None:
    if op.type in NEVER | TEXTURE | TRIGONOMETRIC | NATIVE | {"pad", *RESIZES} or op.type.startswith(CONSTEXPR):
        return None
    return Hit(Verdict.AT_RISK, f"no source speaks of {op.type}")


def _outside(found: tuple[int, ...], allowed: tuple[int, ...]) -> bool:
    return any(value not in allowed for value in found)


def _reduced_length(op: Operation) -> int:
    axis = numbers(op, "axis") or (-1,)
    return op.variable("x").shape[axis[0]]
