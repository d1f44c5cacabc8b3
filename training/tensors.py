"""Pictures to tensors and back, and to the sizes that the stages and the embedder want."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from mobileswap.model.mobilefsgan.embedder import FACE_SIZE, crop_face

Pictures = npt.NDArray[np.uint8]


def to_tensor(pictures: Pictures, device: torch.device | str = "cpu") -> Tensor:
    """(B, H, W, 3) 0 to 255 to (B, 3, H, W) −1 to 1."""
    batch = torch.from_numpy(np.array(pictures, order="C")).to(device).permute(0, 3, 1, 2)
    return batch.float().div_(127.5).sub_(1)


def to_pictures(batch: Tensor) -> Pictures:
    """(B, 3, H, W) −1 to 1 to (B, H, W, 3) 0 to 255."""
    scaled = batch.detach().float().cpu().clamp(-1, 1).add(1).mul(127.5).round()
    return np.asarray(scaled.permute(0, 2, 3, 1).numpy().astype(np.uint8))


def at_scale(batch: Tensor, size: int) -> Tensor:
    """Smaller by averaging, so that nothing flickers; what has that size already stays as it is."""
    return batch if batch.shape[-1] == size else F.adaptive_avg_pool2d(batch, size)


def embedder_input(batch: Tensor) -> Tensor:
    """(B, 3, S, S) faces to the (B, 3, 112, 112) crops that the embedder takes, whatever S is."""
    if batch.shape[-1] == 256:
        return crop_face(batch)
    side = batch.shape[-1]
    low, high = round(26 / 256 * side), round(230 / 256 * side)
    crop = batch[:, :, low:high, low:high]
    return F.interpolate(crop, size=(FACE_SIZE, FACE_SIZE), mode="bilinear", align_corners=True)
