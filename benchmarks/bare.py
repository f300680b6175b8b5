"""The same streams taken by the bare SDK in one process: typed events, nothing done with them. Prints an Observation."""

from __future__ import annotations

import argparse
import asyncio
import json
import time

import anthropic
from anthropic.types import MessageParam

from benchmarks.figures import SPREAD, Observation, Stream
from benchmarks.upstream import request_text
from tests.upstream import DEFAULT_KEY
from tests.upstream.scenarios import numbered

MODEL = "claude-haiku-4-5"


async def take(client: anthropic.AsyncAnthropic, stream: Stream, words: int, wait: float) -> None:
    await asyncio.sleep(wait)
    stream.asked = time.time()
    texts: list[str] = []
    question: list[MessageParam] = [{"role": "user", "content": request_text(stream.name, words)}]
    try:
        events = await client.messages.create(model=MODEL, max_tokens=4096, messages=question, stream=True)
        async for event in events:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                stream.received.append(time.time())
                texts.append(event.delta.text)
    except anthropic.AnthropicError as error:
        stream.problem = type(error).__name__
        return
    if texts != numbered(words):
        stream.problem = "another text than was sent"


async def run(address: str, count: int, words: int) -> Observation:
    streams = [Stream(f"bare-{number}") for number in range(count)]
    limits = anthropic.DefaultAsyncHttpxClient(timeout=120)
    async with anthropic.AsyncAnthropic(
        api_key=DEFAULT_KEY, base_url=address, max_retries=0, http_client=limits
    ) as client:
        await take(client, Stream("bare-warm"), 5, 0)
        before = time.process_time()
        await asyncio.gather(
            *(take(client, stream, words, n * SPREAD / count) for n, stream in enumerate(streams))
        )
        return Observation(streams, time.process_time() - before)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--streams", type=int, required=True)
    parser.add_argument("--words", type=int, required=True)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(run(given.address, given.streams, given.words)).as_json()))
