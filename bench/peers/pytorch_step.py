#!/usr/bin/python3
"""pytorch_step.py: the time of one training step, ours and PyTorch's, in one interleaved run.

Both train the same network on batches of images that are already in memory: forward, loss,
backward, Adam. Rounds alternate ours, PyTorch, PyTorch, ours, ... so that a machine whose speed
drifts favours neither; the ratio is the median over the rounds' pairs, with a 95 % interval from a
bootstrap over the rounds. Needs python3-torch and a built build/convlab.

    bench/peers/pytorch_step.py [--net cnn-basic ...] [--batch 100] [--threads 2] [--rounds 7]
                                [--steps 60] [--json FILE | --merge FILE]

--json writes a new file of results as bench/result.h describes them; --merge adds them to a file of
convlab-bench's. There our whole step gets the time of these rounds, so that the two whole steps are
of the same minutes; its other figures stay as they were.
"""
import argparse
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

MARGIN = 0.02           # ratios within 1 +- this are the same
WARM_UP, BATCHES = 10, 20
NETS = ["cnn-basic", "cnn-deep", "convnet-bn", "fashion-dnn", "fashion-cnn"]


def fail(code, message):
    print(f"pytorch_step.py: {message}", file=sys.stderr)
    sys.exit(code)


# ---- PyTorch's side ----

def conv(nn, c, oc, kernel, pad, batchnorm):
    norm = [nn.BatchNorm2d(oc)] if batchnorm else []
    return [nn.Conv2d(c, oc, kernel, padding=pad), *norm, nn.ReLU()]


def build(nn, net):
    """A tutorial's network; the shapes are those of nets/networks.c."""
    if net == "cnn-basic":
        layers = [*conv(nn, 1, 32, 3, 1, False), nn.MaxPool2d(2), *conv(nn, 32, 64, 3, 1, False),
                  nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 10)]
    elif net == "cnn-deep":
        layers = [*conv(nn, 1, 32, 3, 1, False), nn.MaxPool2d(2), *conv(nn, 32, 64, 3, 1, False),
                  nn.MaxPool2d(2), *conv(nn, 64, 128, 3, 1, False), nn.MaxPool2d(2, padding=1),
                  nn.Flatten(), nn.Linear(2048, 625), nn.ReLU(), nn.Dropout(0.5),
                  nn.Linear(625, 10)]
    elif net == "convnet-bn":
        layers = [*conv(nn, 1, 16, 5, 2, True), nn.MaxPool2d(2), *conv(nn, 16, 32, 5, 2, True),
                  nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 10)]
    elif net == "fashion-dnn":
        layers = [nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.25),
                  nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)]
    else:
        layers = [*conv(nn, 1, 32, 3, 1, True), nn.MaxPool2d(2), *conv(nn, 32, 64, 3, 0, True),
                  nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2304, 600), nn.Dropout(0.25),
                  nn.Linear(600, 120), nn.Linear(120, 10)]
    return nn.Sequential(*layers)


def time_pytorch(torch, net, options):
    """Milliseconds per step."""
    torch.manual_seed(777)
    model, loss_of = build(torch.nn, net), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    images = torch.rand(BATCHES, options.batch, 1, 28, 28)
    labels = torch.randint(0, 10, (BATCHES, options.batch))
    for step in range(WARM_UP + options.steps):
        if step == WARM_UP:
            start = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of(model(images[step % BATCHES]), labels[step % BATCHES])
        loss.backward()
        optimizer.step()
    return (time.perf_counter() - start) / options.steps * 1e3


# ---- Our side ----

def time_ours(net, options):
    command = ["build/convlab", "train", net, "--data", "digits", "--epochs", "1000",
               "--batch", str(options.batch), "--max-steps", str(options.steps),
               "--threads", str(options.threads)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"([0-9.]+) ms/step", result.stderr)
    if result.returncode != 0 or not found:
        fail(1, f"'{' '.join(command)}' ended with {result.returncode}, expected 'N ms/step' in "
                f"what it said, found:\n{result.stderr}")
    return float(found.group(1))


def measure(torch, net, options):
    """Milliseconds per step of each round: ours, theirs."""
    ours, theirs = [], []
    for i in range(options.rounds):
        for side in ["ours", "theirs"] if i % 2 == 0 else ["theirs", "ours"]:
            if side == "ours":
                ours.append(time_ours(net, options))
            else:
                theirs.append(time_pytorch(torch, net, options))
    return ours, theirs


def ratio_of(times, base):
    """Median of the rounds' ratios and the bounds of its 95 % bootstrap interval."""
    logs = [math.log(a / b) for a, b in zip(times, base)]
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(logs, k=len(logs))) for _ in range(2000))
    middle = statistics.median(logs)
    return [math.exp(v) for v in (middle, min(middle, medians[50]), max(middle, medians[1949]))]


def verdict_of(ratio, low, high):
    if low >= 1.0 - MARGIN and high <= 1.0 + MARGIN:
        return "SAME"
    if low <= 1.0 <= high or abs(ratio - 1.0) <= MARGIN:
        return "UNDECIDED"
    return "SLOWER" if ratio > 1.0 else "FASTER"


# ---- Files of results ----

def entry_name(net, options, row):
    return f"step/{net}/n{options.batch}/t{options.threads}/net/step/{row}"


def entry(name, times, label, counters):
    middle = statistics.median(times)
    return {"name": name, "run_name": name, "run_type": "iteration", "repetitions": 1,
            "repetition_index": 0, "threads": 1, "iterations": 1, "real_time": middle,
            "cpu_time": middle, "time_unit": "ms", "label": label, "rounds": len(times), **counters}


def entries_of(net, options, ours, theirs):
    ratio, low, high = ratio_of(theirs, ours)
    common = "space=host precision=fp32"
    return [entry(entry_name(net, options, "openmp"), ours,
                  f"role=own {common} verdict=BASE roof=none valid=yes", {}),
            entry(entry_name(net, options, "pytorch"), theirs,
                  f"role=peer {common} verdict={verdict_of(ratio, low, high)} roof=none valid=yes",
                  {"ratio": ratio, "ratio_low": low, "ratio_high": high})]


def first_line(*command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return result.stdout.splitlines()[0] if result.returncode == 0 and result.stdout else ""


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            found = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else ""


def new_file(options):
    return {"context": {"executable": sys.argv[0], "num_cpus": os.cpu_count(),
                        "convlab_version": first_line("build/convlab", "--version").split(" ")[-1],
                        "commit": first_line("git", "describe", "--always", "--dirty"),
                        "cpu": processor(), "threads": str(options.threads),
                        "command": " ".join(sys.argv)},
            "benchmarks": []}


def read_file(path):
    """A file of results to add to."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        results = json.loads(text) if text else fail(3, f"{path}: expected results, found an empty "
                                                        "file")
    except OSError as problem:
        fail(3, f"{path}: {problem.strerror}")
    except ValueError as problem:
        fail(3, f"{path}: expected JSON, found: {problem}")
    context = results.get("context") if isinstance(results, dict) else None
    if (not isinstance(context, dict) or "convlab_version" not in context or
            not isinstance(results.get("benchmarks"), list)):
        fail(3, f"{path}: expected results of convlab-bench (a context with convlab_version, and "
                "benchmarks), found something else")
    if not str(context.get("cpu", "")).startswith(processor()):
        fail(3, f"{path}: expected results of this processor, '{processor()}', found those of "
                f"'{context['cpu']}'")
    return results


def same_result(name, other):
    """Whether a name in a file, to which parts like /iterations:1 are appended, is this one."""
    return other == name or re.fullmatch(re.escape(name) + r"(/([a-z_]+:\d+|[a-z]+_time))+", other)


def put(benchmarks, fresh):
    """Adds an entry, or renews the times of the one that is there; several repetitions all go."""
    old = [b for b in benchmarks
           if isinstance(b, dict) and same_result(fresh["name"], str(b.get("name")))]
    if len(old) == 1 and not old[0].get("error_occurred"):
        keep = {"name": old[0]["name"], "run_name": old[0].get("run_name", old[0]["name"]),
                **{k: old[0][k] for k in ("family_index", "per_family_instance_index")
                   if k in old[0]}}
        old[0].update({**fresh, **keep})
        if "flop" in old[0]:
            old[0]["gflops"] = old[0]["flop"] / fresh["real_time"] * 1e-6
        return
    at = benchmarks.index(old[0]) if old else len(benchmarks)
    benchmarks[:] = [b for b in benchmarks if b not in old]
    benchmarks.insert(at, fresh)


def write_file(path, results):
    """Whole or not at all."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=os.path.basename(path) + ".",
                                             dir=os.path.dirname(path) or ".")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as problem:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        fail(3, f"{path}: cannot be written: {problem.strerror}")


# ---- The program ----

def at_least(least):
    def parse(text):
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected a number from {least} on, found '{text}'")
        return int(text)
    return parse


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", nargs="+", default=["cnn-basic"], choices=NETS + ["all"],
                        help="networks (cnn-basic)")
    parser.add_argument("--batch", type=at_least(1), default=100, help="images per step (100)")
    parser.add_argument("--threads", type=at_least(1), default=2, help="of both sides (2)")
    parser.add_argument("--rounds", type=at_least(1), default=7, help="pairs of runs (7)")
    parser.add_argument("--steps", type=at_least(1), default=60, help="per run (60)")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", metavar="FILE", help="write the results to FILE")
    output.add_argument("--merge", metavar="FILE", help="add the results to FILE")
    options = parser.parse_args()
    if "all" in options.net:
        options.net = NETS
    return options


def show(torch, net, options, ours, theirs):
    ratio, low, high = ratio_of(ours, theirs)
    print(f"{net}, batch {options.batch}, {options.threads} threads, {options.rounds} rounds of "
          f"{options.steps} steps, PyTorch {torch.__version__}")
    for name, times in (("ours", ours), ("PyTorch", theirs)):
        print(f"  {name:8} {statistics.median(times):8.2f} ms/step   "
              f"({min(times):.2f} to {max(times):.2f})")
    print(f"  ours / PyTorch: {ratio:.2f}, between {low:.2f} and {high:.2f} (median of the rounds' "
          "ratios, 95 % interval)", flush=True)


def main():
    options = parse_options()
    path = options.json or options.merge
    results = read_file(options.merge) if options.merge else new_file(options)
    if path and not os.path.isdir(os.path.dirname(path) or "."):
        fail(3, f"{path}: there is no such folder")
    if not os.access("build/convlab", os.X_OK):
        fail(4, "build/convlab is missing; run this in the repository's root, after make program")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import torch        # late: it takes seconds, and mistakes should be told before
    except ImportError:
        fail(4, "PyTorch is missing; install python3-torch")
    torch.set_num_threads(options.threads)
    for net in options.net:
        ours, theirs = measure(torch, net, options)
        show(torch, net, options, ours, theirs)
        for fresh in entries_of(net, options, ours, theirs):
            put(results["benchmarks"], fresh)
    results["context"].update(pytorch_version=torch.__version__,
                              pytorch_command=" ".join(sys.argv))
    if path:
        write_file(path, results)


if __name__ == "__main__":
    main()
