"""The bound that a backend's rate is held against."""

from mobileswap.bench import peak


def fake_torch(tmp_path, monkeypatch, source):
    (tmp_path / "torch.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_the_rate_of_a_product(monkeypatch):
    monkeypatch.setattr(peak, "_SIZES", (64,))
    monkeypatch.setattr(peak, "_PRODUCTS_S", 0.01)
    assert 0.01 < peak._multiply("cpu", "fp32", 1) < 1e6
    assert peak._multiply("cpu", "bf16", 1) > 0


def test_it_is_measured_in_a_process_of_its_own(tmp_path, monkeypatch):
    fake_torch(
        tmp_path,
        monkeypatch,
        "Tensor = object\nfloat32 = bfloat16 = float16 = 0\n"
        "def set_num_threads(n): assert n == 1\n"
        "def empty(n): pass\n"
        "def ones(*a, **k): pass\n"
        "def mm(a, b):\n    import time\n    time.sleep(0.2)\n",
    )
    found = peak.measure_peak("cpu", "bf16", 1)
    assert found is not None
    assert (found.device, found.dtype, found.threads) == ("cpu", "bf16", 1)
    assert 0.9 < found.gflops_per_s / (2 * 512**3 / 0.2 / 1e9) <= 1


def test_no_such_device_is_no_peak(tmp_path, monkeypatch):
    fake_torch(tmp_path, monkeypatch, "raise RuntimeError('no such device')")
    assert peak.measure_peak("cuda", "fp16", 1) is None
