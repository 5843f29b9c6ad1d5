"""Stores what can be stored where something among it is refused, so that the others need not wait for it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from ingestor_common.store.errors import is_refusal

Item = TypeVar("Item")


async def store_by_halves(
    items: Sequence[Item],
    store: Callable[[Sequence[Item]], Awaitable[None]],
    refuse: Callable[[Item, Exception], Awaitable[None]],
    is_split: Callable[[Exception], bool] = is_refusal,
) -> None:
    """Store `items`, all at once if that goes well; a part that is refused is stored as two halves, each by itself.

    `store` commits a part, or raises and leaves nothing of it. `is_split` says which of its errors are about the items;
    any other is raised, with the parts before it stored. A single item that fails so is handed to `refuse`. Nothing is
    tried that is not meant: items that only fail together end up stored, and there is no search that finds nobody.
    Takes about 2 * refused * log2(len(items)) transactions.
    """
    pending = [items] if items else []
    while pending:
        part = pending.pop()
        try:
            await store(part)
        except Exception as error:
            if not is_split(error):
                raise
            if len(part) == 1:
                await refuse(part[0], error)
                continue
            half = len(part) // 2
            pending += [part[half:], part[:half]]
