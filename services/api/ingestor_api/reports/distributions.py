"""How often each answer was given: of those that were given most often, each; of the others, how many they are."""

from typing import Final

from ingestor_api.reports.report import Row

SHOWN_ANSWERS: Final = 50

DESCRIPTION: Final = f"How often each answer was given, of the {SHOWN_ANSWERS} most frequent ones; skips are left out."

GIVEN: Final = f"""
    counted AS MATERIALIZED (
        SELECT c.question_id, c.answer_hash, sum(c.answers)::bigint AS n, min(c.session_id::text)::uuid AS session_id
        FROM distributed CROSS JOIN LATERAL (
            SELECT session_id, question_id, answer_hash, answers FROM answer_counts a
            WHERE a.session_id = distributed.session_id AND a.question_id = distributed.question_id OFFSET 0
        ) c GROUP BY c.question_id, c.answer_hash
    ),
    ranked AS (
        SELECT *, row_number() OVER (PARTITION BY question_id ORDER BY n DESC, answer_hash) AS place FROM counted
    ),
    given AS MATERIALIZED (
        SELECT question_id, array_agg(c.answer) AS given, array_agg(n) AS times,
               sum(octet_length(to_json(c.answer)::text)) AS bytes
        FROM ranked CROSS JOIN LATERAL (
            SELECT answer FROM answer_counts a
            WHERE (a.session_id, a.question_id, a.answer_hash)
                = (ranked.session_id, ranked.question_id, ranked.answer_hash) OFFSET 0
        ) c
        WHERE place <= {SHOWN_ANSWERS} GROUP BY question_id
    )"""
"""given(question_id, given, times, bytes): the most frequent answers to questions of
`distributed(session_id, question_id)`, and how long they are as JSON.

Where several are as frequent, those with the lowest SHA-256 come first: a text is read only once it is to be shown, for
there may be hundreds of thousands of 4 KB.
"""


def distribution(row: Row) -> dict[str, int]:
    """Of a row with the answers in `given` and how often in `times`: answers in code point order."""
    return dict(sorted(zip(row["given"] or (), row["times"] or (), strict=True)))
