"""What options take, read as the services read it."""

from typing import Any, Final
from uuid import UUID

import click

from ingestor_common.ids import parse_id


class _Identifier(click.ParamType[UUID]):
    """click's own UUID takes texts that no service takes."""

    name = "uuid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        try:
            return parse_id(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


IDENTIFIER: Final = _Identifier()
