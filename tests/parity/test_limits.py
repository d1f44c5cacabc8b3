"""Limits that a user sets, by option and by file."""

import pytest
from tiny import SWAPPED

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.verdict import Bound
from mobileswap.parity.limits import LIMITS, LimitChange, find_limits, parse_limit, read_limits


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("psnr_db=95", LimitChange(None, "psnr_db", "hard", 95.0)),
        (" max_abs = 1e-5 ", LimitChange(None, "max_abs", "hard", 1e-5)),
        ("fp32.ssim=0.9", LimitChange("fp32", "ssim", "hard", 0.9)),
        ("fp16-arithmetic.tile_psnr_db.expected=50", LimitChange("fp16-arithmetic", "tile_psnr_db", "expected", 50.0)),
        ("cosine.expected=1", LimitChange(None, "cosine", "expected", 1.0)),
    ],
)
def test_a_limit_as_typed(text, change):
    assert parse_limit(text) == change


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("psnr_db", "--limit psnr_db: expected name=value, for instance psnr_db=75"),
        ("", "--limit : expected name=value"),
        ("psnr=90", "psnr is no limit; expected one of psnr_db, max_abs, cosine, snr_db"),
        ("fp64.psnr_db=90", "fp64 is no limit"),
        ("fp32=90", "fp32 is no limit"),
        ("psnr_db.soft=90", "psnr_db.soft is no limit; expected psnr_db or psnr_db.expected"),
        ("psnr_db=", "psnr_db is ''; expected a number"),
        ("psnr_db=high", "psnr_db is 'high'; expected a number"),
        ("psnr_db=nan", "psnr_db is 'nan'; expected a number"),
        ("psnr_db=-inf", "psnr_db is '-inf'; expected a number"),
        ("psnr_db=9=5", "--limit psnr_db=9=5: psnr_db is '9=5'; expected a number"),
        ("psnr_db.expected.soft=9", "psnr_db.expected.soft is no limit"),
        ("psnr_db=90dB", "psnr_db is '90dB'; expected a number"),
    ],
)
def test_what_is_no_limit_or_no_number_is_told_in_one_line(text, words):
    with pytest.raises(BadInput) as refused:
        parse_limit(text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_of_limits(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text("[fp32]\npsnr_db = 95\nssim = {hard = 0.9, expected = 0.99}\n[int8]\nmax_abs.expected = 1\n")
    assert read_limits(path) == (
        LimitChange("fp32", "psnr_db", "hard", 95.0),
        LimitChange("fp32", "ssim", "hard", 0.9),
        LimitChange("fp32", "ssim", "expected", 0.99),
        LimitChange("int8", "max_abs", "expected", 1.0),
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[fp32\n", ": expected a TOML file with lines as [fp32] and psnr_db = 95 (Expected"),
        (b"\xff\xfe", "expected a TOML file"),
        (b"psnr_db = 90\n", "psnr_db is no precision; expected a table [fp32] or [fp16-weights]"),
        (b"[fp64]\npsnr_db = 90\n", "fp64 is no precision"),
        (b"fp32 = 90\n", "fp32 is no precision"),
        (b"[fp32]\npsnr = 90\n", "psnr is no limit"),
        (b'[fp32]\npsnr_db = "high"\n', "psnr_db is 'high'; expected a number"),
        (b"[fp32]\npsnr_db = true\n", "psnr_db is 'True'; expected a number"),
        (b"[fp32]\npsnr_db = nan\n", "psnr_db is 'nan'; expected a number"),
        (b"[fp32]\npsnr_db = [90]\n", "psnr_db is '[90]'; expected a number"),
        (b"[fp32]\npsnr_db = {soft = 3}\n", "psnr_db.soft is no limit"),
    ],
)
def test_a_file_that_is_none(tmp_path, content, words):
    path = tmp_path / "limits.toml"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_limits(path)
    assert str(path) in str(refused.value)
    assert words in str(refused.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadInput, match=r"\(No such file or directory\)$"):
        read_limits(tmp_path / "limits.toml")


def found(*texts, name="fp32"):
    return find_limits(name, [SWAPPED], [parse_limit(text) for text in texts])


def test_the_last_of_two_changes_counts_and_others_stay():
    limits = found("psnr_db=95", "psnr_db=96")
    assert limits.psnr_db == Bound(96, 110)
    assert limits.max_abs == LIMITS["fp32"].max_abs


def test_a_change_for_another_precision_does_nothing():
    assert found("int8.psnr_db=95") == LIMITS["fp32"]
    assert found("int8.psnr_db=31", name="int8").psnr_db == Bound(31, 35)


def test_expected_moves_with_a_hard_limit_that_overtakes_it():
    assert found("psnr_db=120").psnr_db == Bound(120, 120)
    assert found("max_abs=1e-6").max_abs == Bound(1e-6, 1e-6)
    assert found("max_abs=1").max_abs == Bound(1, 1e-4)
    assert found("psnr_db.expected=10").psnr_db == Bound(90, 90)
