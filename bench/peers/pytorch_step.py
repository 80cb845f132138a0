#!/usr/bin/python3
"""pytorch_step.py: the time of one training step, ours and PyTorch's, in one interleaved run.

Both train the same network on batches of 100 images that are already in memory: forward, loss,
backward, Adam. Rounds alternate ours, PyTorch, PyTorch, ours, ... so that a machine whose speed
drifts favours neither; the ratio is the median over the rounds' pairs. Needs python3-torch and a
built build/convlab.

    bench/peers/pytorch_step.py [--net cnn-basic] [--threads 2] [--rounds 7] [--steps 60]
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("pytorch_step.py: PyTorch is missing; install python3-torch")


class Network(nn.Module):
    """A tutorial's network: a list of layers, with one flattening before the linear ones."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


def conv(c, oc, kernel, pad, batchnorm):
    norm = [nn.BatchNorm2d(oc)] if batchnorm else []
    return [nn.Conv2d(c, oc, kernel, padding=pad), *norm, nn.ReLU()]


def build(net):
    if net == "cnn-basic":
        return Network(*conv(1, 32, 3, 1, False), nn.MaxPool2d(2), *conv(32, 64, 3, 1, False),
                       nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 10))
    if net == "cnn-deep":
        return Network(*conv(1, 32, 3, 1, False), nn.MaxPool2d(2), *conv(32, 64, 3, 1, False),
                       nn.MaxPool2d(2), *conv(64, 128, 3, 1, False), nn.MaxPool2d(2, padding=1),
                       nn.Flatten(), nn.Linear(2048, 625), nn.ReLU(), nn.Dropout(0.5),
                       nn.Linear(625, 10))
    if net == "convnet-bn":
        return Network(*conv(1, 16, 5, 2, True), nn.MaxPool2d(2), *conv(16, 32, 5, 2, True),
                       nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 10))
    if net == "fashion-dnn":
        return Network(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.25),
                       nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    if net == "fashion-cnn":
        return Network(*conv(1, 32, 3, 1, True), nn.MaxPool2d(2), *conv(32, 64, 3, 0, True),
                       nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2304, 600), nn.Dropout(0.25),
                       nn.Linear(600, 120), nn.Linear(120, 10))
    sys.exit(f"pytorch_step.py: unknown network '{net}'")


def time_pytorch(net, steps, warm_up=10):
    torch.manual_seed(777)
    model, loss_of = build(net), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    images, labels = torch.rand(20, 100, 1, 28, 28), torch.randint(0, 10, (20, 100))
    for step in range(warm_up + steps):
        if step == warm_up:
            start = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of(model(images[step % 20]), labels[step % 20])
        loss.backward()
        optimizer.step()
    return (time.perf_counter() - start) / steps * 1e3


def time_ours(net, steps, threads):
    result = subprocess.run(
        ["build/convlab", "train", net, "--data", "digits", "--epochs", "1000", "--max-steps",
         str(steps), "--threads", str(threads)], capture_output=True, text=True, check=True)
    found = re.search(r"([0-9.]+) ms/step", result.stderr)
    if not found:
        sys.exit(f"pytorch_step.py: no 'ms/step' in what convlab said:\n{result.stderr}")
    return float(found.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", default="cnn-basic")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    ours, theirs = [], []
    for i in range(options.rounds):
        order = ["ours", "theirs"] if i % 2 == 0 else ["theirs", "ours"]
        for side in order:
            if side == "ours":
                ours.append(time_ours(options.net, options.steps, options.threads))
            else:
                theirs.append(time_pytorch(options.net, options.steps))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    print(f"{options.net}, batch 100, {options.threads} threads, {options.rounds} rounds of "
          f"{options.steps} steps, PyTorch {torch.__version__}")
    print(f"  ours     {statistics.median(ours):8.2f} ms/step   ({min(ours):.2f} to {max(ours):.2f})")
    print(f"  PyTorch  {statistics.median(theirs):8.2f} ms/step   "
          f"({min(theirs):.2f} to {max(theirs):.2f})")
    print(f"  ours / PyTorch: {ratio:.2f} (median of the rounds' ratios)")
    print(json.dumps({"net": options.net, "threads": options.threads, "ours_ms": ours,
                      "pytorch_ms": theirs, "ratio": ratio}))


if __name__ == "__main__":
    main()
