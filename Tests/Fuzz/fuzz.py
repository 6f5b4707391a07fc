#!/usr/bin/env python3
"""Attacks a running gateway from both sides: its clients are hostile, and so is its Ollama.

    fuzz.py PROGRAM [--seconds N] [--seed SEED] [--replay SEED:CONFIGURATION:ROUND] [--only CONFIGURATION,…] [--at-once N]

PROGRAM is built with the address sanitizer (`make fuzz`). Inputs follow from the seed, which is printed. What must hold:
the process lives, the sanitizer says nothing, health responds, responses are HTTP and frames RFC 6455, what must
stop at the gateway does, memory is bounded, and when nobody asks any more gauges and descriptors are back where they were.
A failure prints the round, which --replay does again (inputs race: some need more than one try), and the last inputs.

Each configuration has a part of the seconds, and an attacker of its own in a process of its own. Most of what it takes beyond
them is waiting: for limits to be met, and for the rests. So several can be attacked at once.
"""

import argparse
import asyncio
import pathlib
import resource
import secrets
import signal
import sys
import time

from fuzzing import gateway
from fuzzing.campaign import ROUND, Campaign, for_seconds
from fuzzing.failure import Failure
from fuzzing.gateway import Gateway
from fuzzing.hostile_ollama import HostileOllama
from fuzzing.watch import Watch

# Seconds from one rest to the next: what is lost shows early.
REST_EVERY = 60
# The part of the time that the rests take, about.
REST_SHARE = 0.4


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("program", type=pathlib.Path, help="the gateway's, built with the address sanitizer")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", help="default: a new one")
    parser.add_argument("--only", metavar="CONFIGURATION,…", default=",".join(gateway.CONFIGURATIONS))
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="configurations that are attacked side by side")
    parser.add_argument("--keep-going", action="store_true", help="count responses that are wrong, and go on after failures")
    parser.add_argument("--replay", metavar="SEED:CONFIGURATION:ROUND", help="only this round, at most 10 times")
    return parser.parse_args()


async def attack(program, seed, configuration, seconds, is_patient=False, replayed=None):
    """Raises Failure, and says before what has led to it."""
    ollama = HostileOllama()
    await ollama.start()
    ollama.begin(f"{seed}:{configuration}")
    server = Gateway(program, configuration, ollama.port)
    campaign = Campaign(f"{seed}:{configuration}", server, is_patient)
    try:
        await server.start()
        watch = Watch(server)
        if replayed is None:
            await _attack_for(seconds, campaign, watch)
        else:
            await _attack_again(replayed, campaign, watch)
        await _stop_amid(campaign, server)
        print(_summary(configuration, campaign, ollama, watch, server), flush=True)
        if campaign.faults:
            raise Failure("\n".join([f"{len(campaign.faults)} responses were wrong", *campaign.faults[:40]]))
    except Failure as failure:
        # A process that ends closes its sockets before it is gone.
        await asyncio.sleep(0.5)
        print(f"{configuration}: {failure}\n{server.last_words()}")
        if inputs := list(campaign.report()):
            print("\n".join([*inputs, *ollama.last_responses()]))
        print(f"again: make fuzz FUZZ_REPLAY={seed}:{configuration}:{campaign.round}", flush=True)
        raise
    finally:
        server.end()
        await ollama.stop()


async def _attack_for(seconds, campaign, watch):
    """In parts, and nobody asks after each: two at least, as only the second tells whether memory grows."""
    deadline, parts = time.monotonic() + seconds, max(2, round(seconds / REST_EVERY))
    for left in range(parts, 0, -1):
        length = (deadline - time.monotonic()) / left * (1 - REST_SHARE)
        await _beside(watch.run(), campaign.run(campaign.next, for_seconds(max(2, length))))
        await watch.rest()


async def _attack_again(number, campaign, watch):
    for _ in range(10):
        await _beside(watch.run(), campaign.run(number * ROUND, lambda at: at < (number + 1) * ROUND))
        await watch.rest()


async def _stop_amid(campaign, server):
    """It goes down while it is attacked."""
    attacking = asyncio.ensure_future(campaign.run(campaign.next, for_seconds(3)))
    await asyncio.sleep(1)
    await server.stop()
    await _beside(asyncio.sleep(60), attacking)


async def _beside(watching, attacking):
    """Both, until one is over or fails."""
    tasks = [asyncio.ensure_future(attacking), asyncio.ensure_future(watching)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    # The watch knows best: inputs fail when the process has died.
    for result in reversed(results):
        if isinstance(result, BaseExceptionGroup):
            result = next((each for each in result.exceptions if isinstance(each, Failure)), result.exceptions[0])
        if result is not None and not isinstance(result, asyncio.CancelledError):
            raise result


def _summary(configuration, campaign, ollama, watch, server):
    inputs, responses = sum(campaign.counts.values()), sum(ollama.counts.values())
    return (f"{configuration}: {inputs} inputs, {responses} responses of Ollama, {sum(campaign.statuses.values())} of the gateway, "
            f"{campaign.messages} messages; at most {watch.most_mib} MiB, the slowest after {server.slowest_response:.1f} s")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    options = parse()
    program = str(options.program.resolve())
    if options.replay:
        seed, configuration, number = options.replay.split(":")
        return 0 if run(program, seed, configuration, 0, options.keep_going, int(number)) else 1
    seed = options.seed or secrets.token_hex(4)
    print(f"seed {seed}", flush=True)
    configurations = options.only.split(",")
    seconds = options.seconds / len(configurations)
    if options.at_once > 1 and len(configurations) > 1:
        return 0 if asyncio.run(side_by_side(program, seed, configurations, seconds, options)) else 1
    is_clean = True
    for configuration in configurations:
        is_clean = run(program, seed, configuration, seconds, options.keep_going) and is_clean
        if not is_clean and not options.keep_going:
            break
    return 0 if is_clean else 1


async def side_by_side(program, seed, configurations, seconds, options):
    """Each in a process of its own, as an attacker holds the interpreter. Returns whether all held."""
    places = asyncio.Semaphore(options.at_once)
    further = ["--keep-going"] if options.keep_going else []

    async def part(configuration):
        async with places:
            process = await asyncio.create_subprocess_exec(
                sys.executable, __file__, program, "--seconds", str(seconds), "--seed", seed, "--only", configuration, *further,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
            try:
                told, _ = await process.communicate()
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()
        print(told.decode(errors="replace").removeprefix(f"seed {seed}\n"), end="", flush=True)
        return process.returncode == 0

    parts = [asyncio.ensure_future(part(configuration)) for configuration in configurations]
    try:
        is_clean = True
        for each in asyncio.as_completed(parts):
            is_clean = await each and is_clean
            if not is_clean and not options.keep_going:
                break
        return is_clean
    finally:
        for each in parts:
            each.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


def run(*arguments):
    """Returns whether all held."""
    try:
        asyncio.run(attack(*arguments))
        return True
    except Failure:
        return False


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
