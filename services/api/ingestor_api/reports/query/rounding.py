"""SQL that rounds as reports do: two decimals, half away from zero, of the exact value. Nothing here is negative.

Postgres divides decimals to some twenty digits, so a quotient may lie on the other side of a half than what it stands
for. Ratios are therefore kept as two numbers, and only whole numbers of hundredths are taken of them: `div` is exact.
"""

from typing import Final

_MOST_DIGITS: Final = 10_000


def rounded(ratio: str) -> str:
    """Of the column `ratio`, an array of two numbers."""
    return f"{_hundredths(f'{ratio}[1]', f'{ratio}[2]')}::float8 / 100"


def rounded_mean(first: str, second: str) -> str:
    """Of the mean of two such columns; of one, where the other is unknown."""
    part = f"({first}[1] * {second}[2] + {second}[1] * {first}[2])"
    mean = _hundredths(part, f"(2 * {first}[2] * {second}[2])")
    return (
        f"coalesce({mean}, {_hundredths(f'{first}[1]', f'{first}[2]')},"
        f" {_hundredths(f'{second}[1]', f'{second}[2]')})::float8 / 100"
    )


def _hundredths(part: str, whole: str) -> str:
    return f"div(200 * {part} + {whole}, 2 * {whole})"


def mean_of_quotients(part: str, whole: str, *, of: str) -> str:
    """An aggregate: the mean, over the rows in which `of` is known, of `part` / `whole`, which is 0 where unknown.

    Both are whole numbers. It is rounded to hundredths here, since quotients with thousands of different wholes have no
    common unit of a size that could be computed with. Doubles tell nearly always on which side of a half the mean is;
    the exact sum is computed where they do not.
    """
    # A sum of n doubles is wrong by n / 2^53 of it at most: less than the margin of 10^-7 for any n there is.
    return f"""CASE WHEN count({of}) > 0 THEN ARRAY[(
            SELECT CASE WHEN abs(mean - round(mean)) > 1e-7 * (1 + mean) THEN floor(mean)::numeric
                   ELSE {_exact_mean(part, whole, of)} END
            FROM (SELECT 100 * coalesce(sum(({part})::float8 / {whole}), 0) / count({of}) + 0.5 AS mean) doubles
        ), 100] END"""


def _exact_mean(part: str, whole: str, of: str) -> str:
    # Each quotient is cut off at so many digits, `scale`, that all the cuts together are less than the distance of a
    # mean below a half from it, which is a whole number of 1 / (2 x rows x the product of the wholes). Adding a last
    # digit to each makes the sum too large instead of too small, and so a half is reached by what is one. (Of more than
    # a thousand different wholes, what lies closer than 10^-9000 to a half is taken for it.)
    known = f"FILTER (WHERE {whole} IS NOT NULL)"
    return f"""(
                       WITH quotients AS (
                           SELECT whole, sum(part)::numeric AS part
                           FROM unnest(array_agg({part}) {known}, array_agg({whole}) {known}) AS each (part, whole)
                           GROUP BY whole
                       ),
                       scales AS (
                           SELECT ('1e' || least(sum(length(whole::text)) + length(count(*)::text) + 3,
                                                 {_MOST_DIGITS}))::numeric AS scale FROM quotients
                       )
                       SELECT div(200 * (sum(div(part * scale, whole)) + count(*)) + count({of}) * scale,
                                  2 * count({of}) * scale)
                       FROM quotients, scales GROUP BY scale
                   )"""
