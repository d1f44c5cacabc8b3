from mobileswap.reports.verify_table import findings_table


def test_of_many_the_first_are_shown_and_all_are_counted():
    rows = [("MISSING", str(i), "gone") for i in range(299_999)] + [("EXTRA", "x", "more")]
    table = findings_table("out", rows)
    assert table.rows == tuple(rows[:20])
    assert table.notes == ("The first 20 of 300000 (299999 MISSING, 1 EXTRA); --json writes all of them.",)
    assert findings_table("out", rows[:20]).notes == ()
