"""``python -m tests.sandbox --port N``: run the sandbox in the foreground."""

import argparse
import asyncio
import signal
import sys

from .app import serve


async def main(options: argparse.Namespace) -> None:
    task = asyncio.ensure_future(serve(options.host, options.port, options.public_url))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
    except OSError as error:
        sys.exit(f"The sandbox cannot listen on {options.host}:{options.port}: {error.strerror}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Local stand-in for the vendors' clouds.")
    parser.add_argument(
        "--port", type=int, required=True, help="port to listen on; 0 takes a free one"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--public-url", help="address that clients and people reach the sandbox by")
    asyncio.run(main(parser.parse_args()))
