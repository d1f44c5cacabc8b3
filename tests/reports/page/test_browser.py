"""The report in headless Chromium, where there is one: what its script does, and that nothing is logged."""

import re
import shutil
import subprocess

import pytest

from mobileswap.contracts.bench_result import write_result
from mobileswap.reports.page import write_report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CLICKS = "<script>{}</script></body>"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on PATH"),
]


@pytest.fixture
def page(make, tmp_path):
    runs = [make.run(f"backend{i}", peak_memory_bytes=size) for i, size in enumerate((9, 100, 20))]
    write_result(make.result(*runs), tmp_path / "bench.json")
    return write_report(tmp_path)


@pytest.fixture
def opened(tmp_path):
    """The page as it stands after its scripts have run, and what the browser logged."""

    def run(file):
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        done = subprocess.run(
            [
                CHROMIUM,
                *flags,
                f"--user-data-dir={tmp_path / 'profile'}",
                "--enable-logging=stderr",
                "--dump-dom",
                file.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return run


def test_tables_can_be_sorted_and_nothing_is_logged(page, opened):
    dom, logged = opened(page)
    assert logged == []
    assert len(re.findall(r'<th scope="col"[^>]* aria-sort="none"><button type="button">', dom)) > 20


def test_a_script_that_came_in_does_not_run(page, opened):
    page.write_text(page.read_text().replace("</body>", CLICKS.format("document.title = 'owned'")))
    dom, logged = opened(page)
    assert "owned</title>" not in dom
    assert any("Content Security Policy" in line for line in logged)


@pytest.mark.parametrize(("clicks", "state", "names"), [(1, "ascending", "021"), (2, "descending", "120")])
def test_a_click_sorts_by_the_figures_and_leaves_what_has_none_below(page, opened, clicks, state, names):
    press = "for (const b of document.querySelectorAll('#latency thead button')) if (b.textContent === 'peak MB') "
    script = CLICKS.format(f"for (let i = 0; i < {clicks}; i++) {{ {press} b.click(); }}")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    page.write_text(text.replace("</body>", script))
    dom, logged = opened(page)
    assert logged == []
    table = dom[dom.index('id="latency"') :]
    assert f'aria-sort="{state}"><button type="button">peak MB' in table
    rows = re.findall(
        r'<tr class="(\w+)">\s*<th scope="row"[^>]*>(?:<span[^>]*></span>)?(\w+)', table[: table.index('id="sizes"')]
    )
    assert [name for _, name in rows[:3]] == [f"backend{i}" for i in names]
    assert [kind for kind, _ in rows] == ["measured"] * 3 + ["paper"] * 6
