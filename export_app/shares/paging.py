"""The numbers by which a page of many is reached."""

from __future__ import annotations

BESIDE = 1  # on each side of the page one is on
ALL = 7  # so many are all shown


def page_numbers(number: int, pages: int) -> list[int]:
    """Pages to lead to from page `number`: the first, the last, those around it; 0 stands for what is left out, if that
    is more than one."""
    if pages <= ALL:
        return list(range(1, pages + 1))
    near = {1, pages, *range(max(1, number - BESIDE), min(pages, number + BESIDE) + 1)}
    near |= {page for page in range(2, pages) if {page - 1, page + 1} <= near}
    found: list[int] = []
    for page in sorted(near):
        if found and page - found[-1] > 1:
            found.append(0)
        found.append(page)
    return found
