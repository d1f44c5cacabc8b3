"""Bisections as a table: what stands around the guilty operation, or how near a healthy file is to its limits."""

from mobileswap.contracts.bisection import FAR, Bisection, Culprit, Distance, LocatedOperation, Search, decisive
from mobileswap.contracts.place import parse_place
from mobileswap.reports.table import Column, Table

_AROUND = 4  # operations shown before and after the first that is blamed
_WORST = 8  # operations shown of a healthy file

_OWN_AND_SINCE = (
    "own error: against the network's operation on the file's own inputs, so that nothing is inherited; "
    "since the input: against the untouched model; both relative"
)

_COLUMNS = (
    Column("#", figures=True),
    Column("Module"),
    Column("Operation"),
    Column("In the file", detail=True),
    Column("Tensor", detail=True),
    Column("own error", figures=True),
    Column("largest", figures=True),
    Column("beyond rounding", figures=True),
    Column("since the input", figures=True),
    Column("Verdict"),
)


def bisect_table(found: Bisection) -> Table:
    """The operations that matter, in the order of execution."""
    search = decisive(found.searches)
    inputs = frozenset(found.culprit.input_totals if found.culprit else ())
    rows = tuple(_row(index, search.operations[index], inputs) for index in _shown(search, inputs))
    return Table(f"{found.artifact}: {found.finding}", _COLUMNS, rows, _notes(found, search))


def _shown(search: Search, inputs: frozenset[str]) -> list[int]:
    operations = search.operations
    blamed = [index for index, one in enumerate(operations) if one.blamed]
    if not blamed:
        worst = sorted(range(len(operations)), key=lambda index: operations[index].own.beyond_rms)[-_WORST:]
        return sorted({*worst, *range(len(operations))[-1:]})
    window = range(max(blamed[0] - _AROUND, 0), min(blamed[0] + _AROUND + 1, len(operations)))
    read = (index for index, one in enumerate(operations) if one.place in inputs)
    return sorted({*window, *read, *blamed[: 2 * _AROUND], len(operations) - 1})


def _row(index: int, one: LocatedOperation, inputs: frozenset[str]) -> tuple[str, ...]:
    place = parse_place(one.place)
    number = f" #{place.number}" if place.number > 1 else ""
    return (
        str(index + 1),
        place.path,
        place.operation + number,
        f"{one.type} {one.name}".strip(),
        one.tensor,
        _number(one.own.rms, one.own),
        _number(one.own.peak, one.own),
        _number(one.own.beyond_rms, one.own),
        _number(one.total.rms, one.total) if one.total else "–",
        _verdict(one, inputs),
    )


def _verdict(one: LocatedOperation, inputs: frozenset[str]) -> str:
    if one.blamed:
        return "WRONG"
    return "ok, an input of it" if one.place in inputs else "ok"


def _number(value: float, distance: Distance) -> str:
    if not distance.finite:
        return "not finite"
    if value >= FAR:
        return "shape" if distance.at == () else "∞"
    return f"{value:.1e}" if value else "0"


def _notes(found: Bisection, search: Search) -> tuple[str, ...]:
    return (found.sentence, *(_about(found.culprit) if found.culprit else ()), *_method(found, search))


def _about(culprit: Culprit) -> list[str]:
    notes = []
    if culprit.found.through:
        notes.append(f"without a tensor of their own, so also under suspicion: {', '.join(culprit.found.through)}")
    inputs = (
        f"{place} {_number(total.rms, total) if total else '(moved by a rewrite)'}"
        for place, total in culprit.input_totals.items()
    )
    notes.append(f"error of its inputs since the input: {'; '.join(inputs)}")
    if culprit.picture:
        notes.append(f"{culprit.picture}: what should be, what is, and the difference")
    return notes


def _method(found: Bisection, search: Search) -> tuple[str, ...]:
    limit, rewrites = search.tolerance, found.rewrites
    run = f"sample {found.sample}; {search.runtime} as {limit.name}"
    output, moved = f"output {rewrites.output:.0e}", f"{len(rewrites.moved)} of {rewrites.compared} places"
    return (
        f"{run}, which explains {limit.rms:.0e} (rms) beyond the rounding of each value",
        _OWN_AND_SINCE,
        f"deploy graph against the untouched network in float64: {output}; a rewrite gave {moved} another meaning",
    )
