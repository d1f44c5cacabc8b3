import io

import pytest

from mobileswap.reports.table import Column, Table, markdown, show

TABLE = Table(
    "Fruit",
    (Column("Name"), Column("kg", figures=True), Column("Grown in", detail=True)),
    (("apple | pear", "10.10", "[red]Kent[/red]"), ("plum", "9.00", "two\nlines")),
    ("1 kg = 1000 g.",),
)


def test_markdown_holds_title_cells_and_notes():
    assert markdown(TABLE) == (
        "## Fruit\n\n"
        "| Name          |    kg | Grown in        |\n"
        "|:--------------|------:|:----------------|\n"
        "| apple \\| pear | 10.10 | [red]Kent[/red] |\n"
        "| plum          |  9.00 | two lines       |\n\n"
        "- 1 kg = 1000 g.\n"
    )


def test_terminal_shows_the_same_cells():
    stream = io.StringIO()
    show(TABLE, stream)
    text = stream.getvalue()
    for wanted in ("Fruit", "apple | pear", "10.10", "[red]Kent[/red]", "1 kg = 1000 g."):
        assert wanted in text


def test_a_wide_table_into_a_pipe_is_not_folded():
    stream = io.StringIO()
    show(Table("Wide", (Column("a"), Column("b")), (("x" * 150, "y" * 150),)), stream)
    assert any("x" * 150 in line and "y" * 150 in line for line in stream.getvalue().splitlines())


def test_a_narrow_terminal_leaves_details_out_and_says_which():
    stream = io.StringIO()
    show(TABLE, stream, width=36)
    text = stream.getvalue()
    assert "10.10" in text
    assert "Kent" not in text
    assert "not shown at this width: Grown in" in text


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 columns, 1 cells"):
        Table("Bad", (Column("a"), Column("b")), (("only one",),))


def test_an_empty_table_still_shows_its_columns():
    assert "| Name" in markdown(Table("None", TABLE.columns, ()))
