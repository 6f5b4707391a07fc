#!/usr/bin/env python3
"""Attacks a running gateway from both sides: its clients are hostile, and so is its Ollama.

    fuzz.py PROGRAM [--seconds N] [--seed SEED] [--replay SEED:CONFIGURATION:ROUND] [--only CONFIGURATION,…]

PROGRAM is built with the address sanitizer (`make fuzz`). Inputs follow from the seed, which is printed. What must hold:
the process lives, the sanitizer says nothing, health is answered, responses are HTTP and frames RFC 6455, what must
stop at the gateway does, memory is bounded, and when nobody asks any more gauges and descriptors are back where they were.
A failure prints the round, which --replay does again (inputs race: some need more than one try), and the last inputs.
"""

import argparse
import asyncio
import os
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

# Within a longer run, nobody asks now and then: what is lost shows early.
REST_EVERY = 60
# Room for the end of a gateway and for its rest, of the time of each.
REST_SHARE = 0.3


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("program", type=pathlib.Path, help="the gateway's, built with the address sanitizer")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", help="default: a new one")
    parser.add_argument("--only", metavar="CONFIGURATION,…", default=",".join(gateway.CONFIGURATIONS))
    parser.add_argument("--keep-going", action="store_true", help="after answers that are wrong: count them")
    parser.add_argument("--replay", metavar="SEED:CONFIGURATION:ROUND", help="only this round, at most 20 times")
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
        await server.stop()
        print(_summary(configuration, campaign, ollama, watch), flush=True)
        if campaign.faults:
            raise Failure("\n".join([f"{len(campaign.faults)} answers were wrong", *campaign.faults[:40]]))
    except Failure as failure:
        # A process that ends closes its sockets before it is gone.
        await asyncio.sleep(0.5)
        print(f"{configuration}: {failure}\n{server.last_words()}")
        if inputs := list(campaign.report()):
            print("\n".join([*inputs, *ollama.last_answers()]))
        round_number = replayed if replayed is not None else campaign.next // ROUND
        print(f"again: make fuzz FUZZ_REPLAY={seed}:{configuration}:{round_number}", flush=True)
        raise
    finally:
        server.end()
        await ollama.stop()


async def _attack_for(seconds, campaign, watch):
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        length = min(REST_EVERY, left * (1 - REST_SHARE))
        await _beside(watch.run(), campaign.run(campaign.next, for_seconds(length)))
        await watch.rest()
        if left <= REST_EVERY:
            return


async def _attack_again(number, campaign, watch):
    for _ in range(20):
        await _beside(watch.run(), campaign.run(number * ROUND, lambda at: at < (number + 1) * ROUND))
    await watch.rest()


async def _beside(watching, attacking):
    """Both, until the attack is over or one fails."""
    tasks = [asyncio.create_task(attacking), asyncio.create_task(watching)]
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


def _summary(configuration, campaign, ollama, watch):
    inputs, answers = sum(campaign.counts.values()), sum(ollama.counts.values())
    return (f"{configuration}: {inputs} inputs, {answers} answers of Ollama, {sum(campaign.statuses.values())} responses, "
            f"{campaign.messages} messages; at most {watch.most_mib} MiB, health within {watch.slowest_answer:.1f} s")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    options = parse()
    program = str(options.program.resolve())
    if options.replay:
        seed, configuration, number = options.replay.split(":")
        return asyncio.run(attack(program, seed, configuration, 0, options.keep_going, int(number)))
    seed = options.seed or secrets.token_hex(4)
    print(f"seed {seed}", flush=True)
    configurations = options.only.split(",")
    for configuration in configurations:
        asyncio.run(attack(program, seed, configuration, options.seconds / len(configurations), options.keep_going))


if __name__ == "__main__":
    try:
        main()
    except Failure:
        os._exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
