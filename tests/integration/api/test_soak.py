"""Everything that strangers can do, at once and from 500 connections, while an honest client goes on.

It is `SOAK_SECONDS` long: a full minute with 60.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp
import pytest
from integration.api.burden import MAX_P99_SECONDS, MAX_RSS, Memory, p99_of, waits_of
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender
from services import Api, token

SECONDS: Final = float(os.environ.get("SOAK_SECONDS", "10"))
CONNECTIONS: Final = 500

Answers = dict[str, dict[str, int]]
"""How often each kind of abuse was answered with each status."""


async def strangers(api: Api) -> Answers:
    """Abuse the API in a process of its own, which takes no processor time from the honest client."""
    program = Path(__file__).with_name("strangers.py")
    arguments = (str(api.port), str(SECONDS), str(CONNECTIONS), token("WRITE"), token("READ"))
    process = await asyncio.create_subprocess_exec(sys.executable, program, *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    answers: Answers = json.loads(output)
    return answers


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 90)
async def test_strangers_take_neither_memory_nor_time_from_an_honest_client(
    start_api: ApiFactory, http: aiohttp.ClientSession
) -> None:
    api = start_api()
    api.wait_path("kafka", "up")
    memory = Memory(api)
    watching = asyncio.create_task(memory.watch())
    honest = Sender(http, api.url)
    abuse = asyncio.create_task(strangers(api))
    seconds = await waits_of(honest, api, abuse)
    watching.cancel()

    p99, measured = p99_of(seconds), p99_of([sent.seconds for sent in honest.sent])
    answers = abuse.result()
    figures = (
        f"{memory.most / 2**20:.0f} MiB; {len(seconds)} events, p50 {median(seconds):.3f} s, "
        f"p99 {p99:.3f} s, longest {max(seconds):.3f} s "
        f"(p99 {measured:.3f} s with what others on this machine took); {answers}"
    )
    print(figures)
    assert memory.most <= MAX_RSS, figures
    assert p99 <= MAX_P99_SECONDS, figures
    assert {sent.status for sent in honest.sent} == {201}, figures
    assert {sent.mode for sent in honest.sent} == {"kafka"}, figures
    assert all(answers.values()), figures
    assert not any({"unanswered", "500"} & of_a_kind.keys() for of_a_kind in answers.values()), figures
