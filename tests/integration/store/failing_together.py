"""A database that refuses rows by rules of its own: some by themselves, some only together."""

from typing import Final

from ingestor_common.store.pool import Pool

BAD: Final = "bad"
TOGETHER: Final = "together"

SQLSTATES: Final = ("22003", "22023", "23514", "54000", "21000", "0A000", "XX000", "P0001")

_FUNCTION: Final = """
    CREATE OR REPLACE FUNCTION refuse_rows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM added WHERE answer = '{bad}') > 0
           OR (SELECT count(*) FROM added WHERE answer = '{together}') > 1 THEN
            RAISE EXCEPTION 'refused for a test' USING ERRCODE = '{sqlstate}';
        END IF;
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER refuse_rows AFTER INSERT ON events REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rows();
"""


async def refuse_rows(pool: Pool, sqlstate: str) -> None:
    """From now on an event that answers BAD is refused, and so are two that answer TOGETHER in one statement."""
    await pool.execute(_FUNCTION.format(bad=BAD, together=TOGETHER, sqlstate=sqlstate))
