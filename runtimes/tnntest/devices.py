"""Devices of TNNTest, by the names that its ``-dt`` knows; the default first."""

TNN_DEVICES = ("X86", "NAIVE", "ARM", "METAL", "OPENCL", "CUDA", "HUAWEI_NPU", "RKNPU", "APPLE_NPU")
