"""Numbers with their nouns in sentences for people: 1 record, 2 records."""


def counted_noun(count: int, noun: str, plural: str | None = None) -> str:
    """The number with thousands separated, and the noun in the form that it asks for: `1 record`, `1,500 records`.

    `plural` is given where it is not the noun with an s. It may hold the verb too, so that both agree:
    `counted_noun(lag, "record waits", "records wait")`.
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
