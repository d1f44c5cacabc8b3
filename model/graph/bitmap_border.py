"""8-bit RGB pictures at the border of a graph that computes in [-1, 1]."""

import torch
from torch import Tensor, nn

_HALF = 127.5  # 0…255 is [-1, 1]·127.5 + 127.5, the inverse of ToTensor and Normalize(0.5, 0.5) of the training code


class ImageIO(nn.Module):
    """A graph on floats, wrapped so that pictures go in and come out.

    Args:
        graph: from (N, 3, H, W) floats in [-1, 1] to such floats, or to something that is no image.
        layout: ``NHWC``: uint8 (N, H, W, 3); ``NCHW``: floats 0–255 (N, 3, H, W).
        image_inputs: which of the inputs are images, in order.
        image_output: whether the output is one.
    """

    def __init__(self, graph: nn.Module, layout: str, image_inputs: tuple[bool, ...], image_output: bool) -> None:
        super().__init__()
        self.inner = graph
        self.is_bitmap = layout == "NHWC"
        self.image_inputs = image_inputs
        self.image_output = image_output

    def forward(self, *tensors: Tensor) -> Tensor:
        pairs = zip(tensors, self.image_inputs, strict=True)
        result: Tensor = self.inner(*(self._decode(x) if is_image else x for x, is_image in pairs))
        return self._encode(result) if self.image_output else result

    def _decode(self, picture: Tensor) -> Tensor:
        if self.is_bitmap:
            picture = picture.permute(0, 3, 1, 2).float()  # (N, 3, H, W)
        return picture / _HALF - 1

    def _encode(self, image: Tensor) -> Tensor:
        picture = image * _HALF + _HALF  # tanh keeps it within 0…255
        if self.is_bitmap:
            picture = picture.round().to(torch.uint8).permute(0, 2, 3, 1)  # (N, H, W, 3)
        return picture
