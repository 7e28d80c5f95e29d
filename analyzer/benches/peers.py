#!/usr/bin/env python3
"""Times `analyzer` against the peers that are found on this machine, on the same captures, in one run.

    cargo build --release -p analyzer --examples && cargo build --release -p analyzer
    analyzer/benches/peers.py --size 1GiB --scale 512MiB
    analyzer/benches/peers.py --no-peers --scale 128MiB

`--scale` also shows how the analyzer's own time and memory grow with 1, 2, 4 and 8 times the work. The tables are Markdown, as
the READMEs quote them; `--lang pt-BR` writes them in Portuguese.

Each tool reads the whole file. Runs alternate, so that a machine whose speed drifts is fair to all; in front of each that counts
stands one of the same tool that does not, so that none pays for what another left in the caches, nor for what the system has
dropped from the page cache meanwhile. Wall and CPU seconds are medians, memory is the largest resident set of any run; a ratio is
the tool's median wall time (or CPU time) over the analyzer's. On a machine with other work to do, the ratio of CPU times is the
steadier. Slow tools (tshark) run once. Output goes to a pipe that is read and dropped.
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
    ("`cat`", ["cat", "{}"], False),
    ("`tcpdump -w /dev/null`", ["tcpdump", "-r", "{}", "-w", "/dev/null"], False),
    ("`capinfos`", ["capinfos", "{}"], False),
    ("`tcptrace -n`", ["tcptrace", "-n", "{}"], False),
    ("`tshark -q -z conv,tcp`", ["tshark", "-n", "-q", "-z", "conv,tcp", "-r", "{}"], True),
]

TEXTS = {
    "en": {
        "two": "`analyzer`, two threads",
        "tools": ["tool", "wall s", "M frames/s", "CPU s", "× wall", "× CPU", "peak MB"],
        "scale": ["frames", "wall s", "CPU s", "ns of CPU per frame", "peak MB"],
        "refused": " (refused the file)",
        "file": "{format}, {mib} MiB, {frames} frames, {connections} connections",
        "on": "{machine}, {cores} CPUs, load {load}, {date}, median of {rounds} (slow tools: 1)",
    },
    "pt-BR": {
        "two": "`analyzer`, duas threads",
        "tools": ["ferramenta", "relógio s", "M quadros/s", "CPU s", "× relógio", "× CPU", "pico MB"],
        "scale": ["quadros", "relógio s", "CPU s", "ns de CPU por quadro", "pico MB"],
        "refused": " (recusou o arquivo)",
        "file": "{format}, {mib} MiB, {frames} quadros, {connections} conexões",
        "on": "{machine}, {cores} CPUs, carga {load}, {date}, mediana de {rounds} (ferramentas lentas: 1)",
    },
}


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
    """Each tool's figures, in rounds in which every tool runs; a slow one only in the first."""
    figures = {name: [] for name, _, _ in tools}
    for index in range(rounds):
        for name, command, slow in tools:
            command = [path if part == "{}" else part for part in command]
            if slow and index > 0:
                continue
            if not slow:
                run(command)
            figures[name].append(run(command))
    return figures


def contents(analyzer, path):
    """How many frames and connections the file has."""
    # Not the JSON: it names every conversation, and a child begins with the resident set of its parent.
    command = [analyzer, path, "--lang", "en", "--format", "markdown"]
    report = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
    frames = int(re.search(r"(\d+) frames", report).group(1))
    told = re.search(r"first `(\d+)` TCP conversations are told one by one; of the other `(\d+)`", report)
    connections = sum(map(int, told.groups())) if told else None
    return frames, connections


def machine():
    """The processor's name, where the system tells it."""
    try:
        with open("/proc/cpuinfo") as about:
            return re.search(r"model name\s*: (.*)", about.read()).group(1)
    except (OSError, AttributeError):
        return platform.machine()


class Writer:
    """Writes numbers as the language of a report does."""

    def __init__(self, lang):
        self.texts, self.comma = TEXTS[lang], lang == "pt-BR"

    def number(self, value, digits=0):
        text = f"{value:,.{digits}f}".replace(",", " ")
        return text.replace(".", ",") if self.comma else text

    def row(self, cells):
        print("| " + " | ".join(cells) + " |")

    def head(self, which):
        names = self.texts[which]
        self.row(names)
        print("|" + "---|" * len(names))


def table(writers, figures, frames):
    def median(name, which):
        return statistics.median(run[which] for run in figures[name])

    first = next(iter(figures))
    for writer in writers:
        print()
        writer.head("tools")
        for name, runs in figures.items():
            wall, cpu = median(name, 0), median(name, 1)
            ratios = [median(name, which) / max(median(first, which), 1e-9) for which in (0, 1)]
            note = "" if all(run[3] == 0 for run in runs) else writer.texts["refused"]
            number = writer.number
            writer.row([
                (writer.texts["two"] if name == first else name) + note,
                number(wall, 2),
                number(frames / wall / 1e6, 1),
                number(cpu, 2),
                *(number(ratio, 1 if ratio < 20 else 0) for ratio in ratios),
                number(max(run[2] for run in runs)),
            ])


def make(make_large, folder, size, format, seed):
    """A capture of this size, made once."""
    path = os.path.join(folder, f"chat-{size}-{seed}.{format}")
    if not os.path.exists(path):
        command = [make_large, "--size", size, "--format", format, "--seed", seed, path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(path, "rb") as made:
            os.fsync(made.fileno())
    return path


def scale(args, writers, analyzer, make_large, folder):
    """How the analyzer's time and memory grow with the work."""
    number, unit = re.fullmatch(r"(\d+)(\w*)", args.scale).groups()
    rows = []
    for times in [1, 2, 4, 8]:
        path = make(make_large, folder, f"{int(number) * times}{unit}", "pcapng", args.seed)
        frames, _ = contents(analyzer, path)
        runs = [run([analyzer, path]) for _ in range(args.rounds + 1)][1:]
        wall, cpu = (statistics.median(one[which] for one in runs) for which in (0, 1))
        rows.append((frames, wall, cpu, max(one[2] for one in runs)))
        if not args.keep:
            os.remove(path)
    for writer in writers:
        print()
        writer.head("scale")
        for frames, wall, cpu, peak in rows:
            digits = [(frames, 0), (wall, 2), (cpu, 2), (cpu / frames * 1e9, 0), (peak, 0)]
            writer.row([writer.number(*one) for one in digits])


def compare(args, writers, analyzer, make_large, folder):
    """The analyzer and its peers on the same files."""
    skipped = tuple("`" + name for name in args.skip) or ("\0",)
    peers = [peer for peer in PEERS if shutil.which(peer[1][0]) and not peer[0].startswith(skipped)]
    own = [("analyzer", [analyzer, "{}"], False), ("`analyzer --threads 1`", [analyzer, "--threads", "1", "{}"], False)]
    for format in args.format or ["pcap", "pcapng"]:
        path = make(make_large, folder, args.size, format, args.seed)
        size = os.path.getsize(path)
        frames, connections = contents(analyzer, path)
        figures = measure(own + peers, path, args.rounds)
        for writer in writers:
            about = {
                "format": format,
                "mib": writer.number(size / 2**20),
                "frames": writer.number(frames),
                "connections": "?" if connections is None else writer.number(connections),
            }
            print("\n" + writer.texts["file"].format(**about))
        table(writers, figures, frames)
        if not args.keep:
            os.remove(path)
    missing = [peer[0] for peer in PEERS if not shutil.which(peer[1][0])]
    if missing:
        print(f"\nnot found here: {', '.join(missing)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1GiB", help="of each capture (default 1GiB)")
    parser.add_argument("--scale", metavar="SIZE", help="the analyzer alone, too, on 1, 2, 4 and 8 times this size")
    parser.add_argument("--no-peers", action="store_true", help="nothing but --scale")
    parser.add_argument("--rounds", type=int, default=5, help="counted runs of each fast tool (default 5)")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--format", action="append", choices=["pcap", "pcapng"], help="default: both")
    parser.add_argument("--skip", action="append", default=[], help="a peer to leave out, by the start of its name")
    parser.add_argument("--keep", metavar="DIR", help="where captures are kept and found again")
    parser.add_argument("--lang", action="append", choices=list(TEXTS), help="of the tables (default en); may be repeated")
    args = parser.parse_args()

    release = os.path.join(ROOT, "target", "release")
    analyzer = os.path.join(release, "analyzer")
    make_large = os.path.join(release, "examples", "make_large")
    for program in (analyzer, make_large):
        if not os.path.exists(program):
            sys.exit(f"{program} is missing: build it first (see --help)")

    writers = [Writer(lang) for lang in args.lang or ["en"]]
    for writer in writers:
        load, date = writer.number(os.getloadavg()[0], 1), time.strftime("%Y-%m-%d")
        about = {"machine": machine(), "cores": os.cpu_count(), "load": load, "date": date, "rounds": args.rounds}
        print(writer.texts["on"].format(**about))
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or scratch
        os.makedirs(folder, exist_ok=True)
        if not args.no_peers:
            compare(args, writers, analyzer, make_large, folder)
        if args.scale:
            scale(args, writers, analyzer, make_large, folder)


if __name__ == "__main__":
    main()
