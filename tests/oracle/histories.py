"""Ways in which a world may have come about: events and catalogs in turns, the world's own catalog last."""

from dataclasses import replace

from hypothesis import strategies as st

from oracle.world import Catalog, CatalogQuestion, Event, World

Step = tuple[Event, ...] | Catalog
"""One thing to tell the product: events to store in this order, or a catalog to put."""


@st.composite
def histories(draw: st.DrawFn, world: World) -> list[Step]:
    """Steps after which the product must know exactly this world.

    Catalogs before the last have other keys (or none) and other rosters of the same students, so that what
    was already stored has to be graded again.
    """
    events = list(world.events)
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), max_size=2)))
    batches = [tuple(events[start:end]) for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    catalogs = [*draw(st.lists(_earlier(world.catalog), max_size=2)), world.catalog]
    of_batches, of_catalogs = iter(batches), iter(catalogs)
    turns = draw(st.permutations([True] * len(batches) + [False] * len(catalogs)))
    return [next(of_batches) if is_batch else next(of_catalogs) for is_batch in turns]


@st.composite
def _earlier(draw: st.DrawFn, catalog: Catalog) -> Catalog:
    keys = st.sampled_from((None, "A", "B"))
    questions = {question: CatalogQuestion(known.quiz_id, draw(keys)) for question, known in catalog.questions.items()}
    rosters = {
        classroom: tuple(draw(st.lists(st.sampled_from(students), unique=True))) if students else ()
        for classroom, students in catalog.rosters.items()
    }
    return replace(catalog, questions=questions, rosters=rosters)
