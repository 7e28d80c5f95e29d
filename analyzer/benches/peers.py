#!/usr/bin/env python3
"""Times `analyzer` against the peers that are found on this machine, on the same captures, in one run.

    cargo build --release -p analyzer --examples && cargo build --release -p analyzer
    analyzer/benches/peers.py --size 1GiB
    analyzer/benches/peers.py --scale 128MiB

The second form shows how the analyzer's own time and memory grow with 1, 2, 4 and 8 times the work.

Each tool reads the whole file; runs alternate, so that a machine whose speed drifts is fair to all. Wall and CPU seconds are
medians, memory is the largest resident set of any run; a ratio is the tool's median wall time (or CPU time) over the analyzer's.
On a machine with other work to do, the ratio of CPU times is the steadier. Slow tools (tshark) run once. Output goes to a pipe
that is read and dropped.
"""

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Name, command ({} is the file), whether it is slow.
PEERS = [
    ("cat", ["cat", "{}"], False),
    ("capinfos", ["capinfos", "{}"], False),
    ("tcpdump -w", ["tcpdump", "-r", "{}", "-w", "/dev/null"], False),
    ("tcptrace -n", ["tcptrace", "-n", "{}"], False),
    ("tshark conv,tcp", ["tshark", "-n", "-q", "-z", "conv,tcp", "-r", "{}"], True),
]


def run(command):
    """Wall seconds, CPU seconds, peak MB and exit status of one run."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while process.stdout.read(1 << 20):
        pass
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode


def measure(tools, path, rounds):
    """Each tool's figures, in rounds in which every tool runs once; a slow one only in the first."""
    figures = {name: [] for name, _, _ in tools}
    for index in range(rounds + 1):
        for name, command, slow in tools:
            # The first round warms the page cache and is not counted, but for slow tools it is the only one.
            if slow and index != 0:
                continue
            result = run([path if part == "{}" else part for part in command])
            if index > 0 or slow:
                figures[name].append(result)
    return figures


def frames_of(analyzer, path):
    """How many frames the file has."""
    # Not the JSON: it names every conversation, and a child begins with the resident set of its parent.
    command = [analyzer, path, "--lang", "en", "--format", "markdown"]
    report = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
    return int(re.search(r"(\d+) frames", report).group(1))


def table(figures, frames, size):
    def median(name, which):
        return statistics.median(run[which] for run in figures[name])

    print(f"{'tool':<18}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'M frames/s':>12}{'GB/s':>7}{'× wall':>9}{'× CPU':>9}")
    for name, runs in figures.items():
        wall, cpu = median(name, 0), median(name, 1)
        peak = max(run[2] for run in runs)
        ratios = [median(name, which) / max(median("analyzer", which), 1e-9) for which in (0, 1)]
        note = "" if all(run[3] == 0 for run in runs) else "  (refused the file)"
        print(
            f"{name:<18}{wall:>9.3f}{cpu:>9.3f}{peak:>9.0f}{frames / wall / 1e6:>12.1f}{size / wall / 1e9:>7.2f}"
            f"{ratios[0]:>9.2f}{ratios[1]:>9.2f}{note}"
        )


def make(make_large, folder, size, format, seed):
    """A capture of this size, made once."""
    path = os.path.join(folder, f"chat-{size}-{seed}.{format}")
    if not os.path.exists(path):
        command = [make_large, "--size", size, "--format", format, "--seed", seed, path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def scale(args, analyzer, make_large, folder):
    """How the analyzer's time and memory grow with the work."""
    number = args.scale.rstrip("kKMGiB")
    unit = args.scale[len(number):]
    print(f"{'times':>5}{'frames':>12}{'CPU s':>9}{'ns/frame':>10}{'peak MB':>9}")
    for times in [1, 2, 4, 8]:
        path = make(make_large, folder, f"{int(number) * times}{unit}", "pcapng", args.seed)
        frames = frames_of(analyzer, path)
        runs = [run([analyzer, path]) for _ in range(args.rounds)]
        cpu = statistics.median(one[1] for one in runs)
        peak = max(one[2] for one in runs)
        print(f"{times:>5}{frames:>12}{cpu:>9.3f}{cpu / frames * 1e9:>10.1f}{peak:>9.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1GiB", help="of each capture (default 1GiB)")
    parser.add_argument("--scale", metavar="SIZE", help="the analyzer alone, on 1, 2, 4 and 8 times this size")
    parser.add_argument("--rounds", type=int, default=5, help="counted runs of each fast tool (default 5)")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--format", action="append", choices=["pcap", "pcapng"], help="default: both")
    parser.add_argument("--skip", action="append", default=[], help="a peer to leave out, by the start of its name")
    parser.add_argument("--keep", metavar="DIR", help="where captures are kept and found again")
    args = parser.parse_args()

    release = os.path.join(ROOT, "target", "release")
    analyzer = os.path.join(release, "analyzer")
    make_large = os.path.join(release, "examples", "make_large")
    for program in (analyzer, make_large):
        if not os.path.exists(program):
            sys.exit(f"{program} is missing: build it first (see --help)")

    skipped = tuple(args.skip) or ("\0",)
    peers = [peer for peer in PEERS if shutil.which(peer[1][0]) and not peer[0].startswith(skipped)]
    missing = [peer[0] for peer in PEERS if not shutil.which(peer[1][0])]
    own = [("analyzer", [analyzer, "{}"], False), ("  one thread", [analyzer, "--threads", "1", "{}"], False)]
    tools = own + peers

    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or scratch
        os.makedirs(folder, exist_ok=True)
        if args.scale:
            scale(args, analyzer, make_large, folder)
            return
        for format in args.format or ["pcap", "pcapng"]:
            path = make(make_large, folder, args.size, format, args.seed)
            size = os.path.getsize(path)
            frames = frames_of(analyzer, path)
            print(f"\n{format}: {size / 2**20:.0f} MiB, {frames} frames; {platform.machine()}, {os.cpu_count()} CPUs, ", end="")
            print(f"{time.strftime('%Y-%m-%d')}, median of {args.rounds} (slow tools: 1)")
            table(measure(tools, path, args.rounds), frames, size)
    if missing:
        print(f"\nnot found here: {', '.join(missing)}")


if __name__ == "__main__":
    main()
