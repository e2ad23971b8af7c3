"""The page of an evaluation: one HTML file that needs nothing else, readable in light and dark, on paper, on phones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from matching_adapter.evaluation.evaluation import Boundaries, Errors, Evaluation, FalseWork, Row

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #c8c8c8; --quiet: #595959; --mark: #0b5cad;
  --bad: #a3211b; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --paper: #17191c; --line: #4a4d52; --quiet: #b3b3b3;
  --mark: #7db8f2; --bad: #ff8f87; } }
@media print { :root { --ink: #000; --paper: #fff; --line: #999; --quiet: #444; --mark: #0b5cad; --bad: #a3211b; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; margin-top: 1.5rem; }
section { border-top: 2px solid var(--line); margin-top: 2.5rem; } a { color: var(--mark); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
thead th { vertical-align: bottom; color: var(--quiet); font-weight: 600; }
.quiet { color: var(--quiet); } .bad { color: var(--bad); font-weight: 600; }
svg { width: 100%; max-width: 30rem; height: auto; }
svg line { stroke: var(--line); } svg text { fill: var(--quiet); font-size: 11px; }
svg circle { fill: var(--mark); fill-opacity: .55; } svg .missed { fill: var(--bad); }
"""

_ERROR_HEADS = ("", "rows", "missed", "mean", "mean of found", "bias", "p95", "largest", "within 1", "within 2")
_MOST_ROWS = 200
_ANCHOR, _MIDDLE = {90: "end", 100: "start"}, "middle"
_MISSED = ' class="missed"'


def page_of(*evaluations: Evaluation) -> str:
    """Return the page of one or more evaluations; everything from files and engines is escaped."""
    if len(evaluations) == 1:
        (only,) = evaluations
        title, body = f"{only.engine} {only.version}: evaluation", "\n".join(_parts(only))
    else:
        title, body = f"Evaluation of {len(evaluations)} engines", "\n".join(_engines(evaluations))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n"
        "</html>\n"
    )


def _engines(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """Yield a table of all engines, and a section for each; what is a heading of its own there is a part of it here."""
    heads = ("engine", "medium", "works in uploads", "missed", "mean error", "p95")
    rows = [
        (one.engine, medium, f"{errors.rows:,}", f"{errors.missed:,}", f"{errors.mean:.2f}", f"{errors.p95:.2f}")
        for one in evaluations
        for medium, errors in one.by_medium.items()
    ]
    yield _table(heads, rows)
    false = [f"{escape(one.engine)} {len(one.false_works):,}" for one in evaluations]
    yield f"<p>False works: {', '.join(false)}.</p>"
    yield (
        '<p class="quiet">Each engine looks at the files that it can read; errors in points, a miss counts whole. A '
        "silent film that shows a work is missed by engines that listen.</p>"
    )
    links = [f'<li><a href="#engine-{place}">{escape(one.engine)}</a></li>' for place, one in enumerate(evaluations)]
    yield f"<nav><ul>{''.join(links)}</ul></nav>"
    for place, one in enumerate(evaluations):
        yield f'<section id="engine-{place}">\n<h2>{escape(one.engine)} {escape(one.version)}</h2>'
        yield "\n".join(_parts(one)).replace("<h2>", "<h3>").replace("</h2>", "</h3>")
        yield "</section>"


def _parts(evaluation: Evaluation) -> Iterator[str]:
    speed = evaluation.speed
    yield (
        f"<p>{speed.works:,} works, {speed.uploads:,} uploads. Found {evaluation.found:,} of {evaluation.named:,} "
        f"works that are in uploads; {_count(len(evaluation.false_works), 'false work')}; "
        f"{_count(len(evaluation.failures), 'file')} not looked at.</p>"
    )
    if evaluation.all is not None:
        yield "<h2>Error of the share, in points</h2>"
        yield '<p class="quiet">A missed work counts with its whole share. Bias above 0: more than the truth.</p>'
        yield _error_table({"all": evaluation.all, **evaluation.by_medium})
        yield "<h2>By what was done to the upload</h2>"
        yield _error_table(evaluation.by_transform)
        yield "<h2>True and measured share</h2>"
        yield _scatter(evaluation.rows)
        yield from _limits(evaluation)
    if evaluation.boundaries:
        yield "<h2>Starts and ends</h2>"
        yield _boundary_table(evaluation.boundaries)
    yield from _false_works(evaluation)
    yield from _speed(evaluation)
    yield from _worst(evaluation.rows)
    if evaluation.failures:
        yield "<h2>Not looked at</h2>"
        yield _list(evaluation.failures)
    yield "<h2>The engine</h2>"
    settings = [(name, str(value)) for name, value in evaluation.parameters.items()]
    yield _table(("setting", "value"), [("digest of the settings", evaluation.config_digest), *settings])
    if evaluation.limits:
        yield "<p>What it is known not to see:</p>" + _list(evaluation.limits)


def _limits(evaluation: Evaluation) -> Iterator[str]:
    yield "<h2>Limits of the bands</h2>"
    yield (
        '<p class="quiet">How often the truth lies on the other side of a limit than what was measured: by the share '
        "alone, and by the low end of its interval, which is what decides. In brackets: against the uploader.</p>"
    )
    heads = ("limit", "rows", "wrong by share", "wrong by low end", "limit inside the interval")
    rows = [
        (
            check.limit,
            str(check.rows),
            f"{check.wrong_by_share} ({check.against_uploader_by_share})",
            f"{check.wrong_by_low_end} ({check.against_uploader_by_low_end})",
            str(check.near),
        )
        for check in evaluation.band_limits
    ]
    yield _table(heads, rows)
    if evaluation.inside_interval is None:
        yield "<p>The engine gave no intervals: its shares are counts.</p>"
    else:
        yield (
            f"<p>The true share lies inside the interval in {evaluation.inside_interval:.1%} of "
            f"{evaluation.intervals:,} findings.</p>"
        )


def _false_works(evaluation: Evaluation) -> Iterator[str]:
    yield "<h2>False works</h2>"
    small = evaluation.small_false_works
    if not evaluation.false_works:
        yield "<p>None: no work was reported with a share that opens a case for an upload that has nothing from it.</p>"
    else:
        yield from _wrong(evaluation.false_works)
    if small:
        yield f"<p>{_count(len(small), 'work')} more, each with a share that opens no case:</p>"
        yield from _wrong(small)


def _wrong(works: Sequence[FalseWork]) -> Iterator[str]:
    rows = [(one.upload, one.work, one.transform, one.share or "-") for one in works[:_MOST_ROWS]]
    yield _table(("upload", "work", "done to it", "share"), rows)
    yield from _more(len(works))


def _speed(evaluation: Evaluation) -> Iterator[str]:
    speed = evaluation.speed
    rows = [
        ("works put in, seconds", f"{speed.index_seconds:,.2f}"),
        ("uploads looked at, seconds by the clock", f"{speed.seconds:,.2f}"),
        ("the same, seconds of processors", f"{speed.processor_seconds:,.2f}"),
        ("uploads a second", f"{speed.files_per_second:,.2f}"),
        ("peak memory, MB", f"{speed.peak_memory_bytes / 1e6:,.0f}"),
        ("peak memory of a decoder, MB", f"{speed.peak_child_memory_bytes / 1e6:,.0f}"),
    ]
    if speed.times_real_time is not None:
        rows.insert(3, ("times real time", f"{speed.times_real_time:,.1f}"))
    if speed.characters_per_second is not None:
        rows.insert(3, ("characters a second", f"{speed.characters_per_second:,.0f}"))
    yield "<h2>Speed and memory</h2>"
    yield _table(("", ""), rows)


def _worst(rows: Sequence[Row]) -> Iterator[str]:
    measured = [row for row in rows if row.error is not None and abs(row.error) > 1]
    if not measured:
        return
    worst = sorted(measured, key=lambda row: -abs(row.error or 0))
    yield "<h2>Errors above one point, the largest first</h2>"
    heads = ("upload", "work", "done to it", "true", "measured", "error")
    cells = [
        (row.upload, row.work, row.transform, row.true_share or "-", row.share or "-", f"{row.error:+.2f}")
        for row in worst[:_MOST_ROWS]
    ]
    yield _table(heads, cells)
    yield from _more(len(worst))


def _more(count: int) -> Iterator[str]:
    if count > _MOST_ROWS:
        yield f'<p class="quiet">and {count - _MOST_ROWS:,} more, in the JSON file.</p>'


def _error_table(groups: Mapping[str, Errors]) -> str:
    rows = [
        (
            name,
            f"{one.rows:,}",
            f"{one.missed:,}",
            f"{one.mean:.2f}",
            "-" if one.mean_of_found is None else f"{one.mean_of_found:.2f}",
            f"{one.bias:+.2f}",
            f"{one.p95:.2f}",
            f"{one.largest:.2f}",
            f"{one.within_1:.0%}",
            f"{one.within_2:.0%}",
        )
        for name, one in groups.items()
    ]
    return _table(_ERROR_HEADS, rows)


def _boundary_table(groups: Mapping[str, Boundaries]) -> str:
    heads = ("medium", "unit", "segments", "start, median", "start, p95", "end, median", "end, p95")
    rows = [
        (
            name,
            one.unit,
            f"{one.segments:,}",
            f"{one.start_median:.2f}",
            f"{one.start_p95:.2f}",
            f"{one.end_median:.2f}",
            f"{one.end_p95:.2f}",
        )
        for name, one in groups.items()
    ]
    return _table(heads, rows)


def _scatter(rows: Sequence[Row]) -> str:
    """Draw each row at its true (across) and measured (up) share; on the diagonal both are equal."""
    marks = [
        f'<line x1="{40 + 3 * at}" y1="10" x2="{40 + 3 * at}" y2="310"/>'
        f'<line x1="40" y1="{310 - 3 * at}" x2="340" y2="{310 - 3 * at}"/>'
        f'<text x="{40 + 3 * at}" y="326" text-anchor="{_ANCHOR.get(at, _MIDDLE)}">{at} %</text>'
        f'<text x="34" y="{314 - 3 * at}" text-anchor="end">{at} %</text>'
        for at in (0, 50, 90, 100)
    ]
    dots = [
        f'<circle cx="{40 + 300 * float(row.true_share):.1f}" cy="{310 - 300 * float(row.share or 0):.1f}" r="3"'
        f"{'' if row.found else _MISSED}/>"
        for row in rows
        if row.true_share is not None and row.error is not None
    ]
    label = f"True share across, measured share up, {len(dots)} uploads; the table above has the figures."
    return (
        f'<figure><svg viewBox="0 0 360 335" role="img" aria-label="{label}">{"".join(marks)}'
        f'<line x1="40" y1="310" x2="340" y2="10"/>{"".join(dots)}</svg>'
        f'<figcaption class="quiet">{label}</figcaption></figure>'
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads) if any(heads) else ""
    lines = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<div class="wide" tabindex="0"><table>{top}<tbody>\n{lines}\n</tbody></table></div>'


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
