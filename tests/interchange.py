#!/usr/bin/python3
"""interchange.py: our checkpoints in PyTorch, PyTorch's in convlab, as TAP.

For each tutorial network, written here as the tutorials write it: convlab trains a few steps, and
PyTorch loads the model with strict=True; then PyTorch trains a few steps, and convlab loads the
file, in whatever order its tensors lie. Both evaluate the same 1,000 test images. For each image
    max |ours - theirs| <= 1e-5 * max |theirs|        over its ten logits,
and the accuracies are equal. What must be noticed (weights swapped, a matrix transposed, a tensor
dropped) is planted, to see that it is.

    tests/interchange.py [NET...]

Data: the digits, or MNIST where $CONVLAB_DATA has it. The program is $CONVLAB or build/convlab.
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import numpy
import torch
from torch import nn
from torch.nn import functional

IMAGES = 1000
TOLERANCE = 1e-5
STEPS = 20                      # convlab's
TORCH_STEPS = 5

CONVLAB = os.environ.get("CONVLAB", "build/convlab")
DATA = "mnist" if os.path.isdir(os.environ.get("CONVLAB_DATA", "") + "/mnist") else "digits"


# ---- The networks as the tutorials write them ----

def conv_block(c, oc, kernel, pad, pool_pad=0, batchnorm=False):
    norm = [nn.BatchNorm2d(oc)] if batchnorm else []
    return nn.Sequential(nn.Conv2d(c, oc, kernel, stride=1, padding=pad), *norm, nn.ReLU(),
                         nn.MaxPool2d(2, 2, padding=pool_pad))


class CnnBasic(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = conv_block(1, 32, 3, 1)
        self.layer2 = conv_block(32, 64, 3, 1)
        self.fc = nn.Linear(7 * 7 * 64, 10)
        nn.init.xavier_uniform_(self.fc.weight)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(x)).flatten(1))


class CnnDeep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = conv_block(1, 32, 3, 1)
        self.layer2 = conv_block(32, 64, 3, 1)
        self.layer3 = conv_block(64, 128, 3, 1, pool_pad=1)
        self.fc1 = nn.Linear(4 * 4 * 128, 625)
        nn.init.xavier_uniform_(self.fc1.weight)
        self.layer4 = nn.Sequential(self.fc1, nn.ReLU(), nn.Dropout(0.5))   # fc1 by a second name
        self.fc2 = nn.Linear(625, 10)
        nn.init.xavier_uniform_(self.fc2.weight)

    def forward(self, x):
        return self.fc2(self.layer4(self.layer3(self.layer2(self.layer1(x))).flatten(1)))


class ConvnetBn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = conv_block(1, 16, 5, 2, batchnorm=True)
        self.layer2 = conv_block(16, 32, 5, 2, batchnorm=True)
        self.fc = nn.Linear(7 * 7 * 32, 10)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(x)).flatten(1))


class FashionDnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 256)
        self.fc2 = nn.Linear(256, 128)
        self.fc3 = nn.Linear(128, 10)
        self.drop = nn.Dropout(0.25)

    def forward(self, x):
        x = self.drop(functional.relu(self.fc1(x.flatten(1))))
        return self.fc3(functional.relu(self.fc2(x)))


class FashionCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = conv_block(1, 32, 3, 1, batchnorm=True)
        self.layer2 = conv_block(32, 64, 3, 0, batchnorm=True)
        self.fc1 = nn.Linear(64 * 6 * 6, 600)
        self.drop = nn.Dropout(0.25)
        self.fc2 = nn.Linear(600, 120)
        self.fc3 = nn.Linear(120, 10)

    def forward(self, x):
        return self.fc3(self.fc2(self.drop(self.fc1(self.layer2(self.layer1(x)).flatten(1)))))


NETWORKS = {"cnn-basic": CnnBasic, "cnn-deep": CnnDeep, "convnet-bn": ConvnetBn,
            "fashion-dnn": FashionDnn, "fashion-cnn": FashionCnn}


# ---- The format, written a second time from its description ----

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
         "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}


def only_once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"a key twice among {[key for key, _ in pairs]}")
    return dict(pairs)


def read_safetensors(path):
    """Returns {name: array}, {key: string}; asserts every rule of the format."""
    with open(path, "rb") as file:
        content = file.read()
    length, = struct.unpack("<Q", content[:8])
    assert length <= 100_000_000 and 8 + length <= len(content), "length of the header"
    header = json.loads(content[8:8 + length].decode("utf-8"), object_pairs_hook=only_once)
    assert content[8:9] == b"{", "first byte of the header"
    data, covered, tensors = content[8 + length:], 0, {}
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(value, str) for value in metadata.values()), "metadata are strings"
    for name, t in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = t["data_offsets"]
        assert begin == covered and end <= len(data), f"{name}: a hole, an overlap, or beyond"
        array = numpy.frombuffer(data[begin:end], TYPES[t["dtype"]])
        assert begin % array.itemsize == 0, f"{name}: not aligned to its type"
        tensors[name] = array.reshape(t["shape"])
        covered = end
    assert covered == len(data), "trailing bytes"
    return tensors, metadata


def write_safetensors(path, tensors, data_order=None):
    """Writes {name: torch tensor}: header in the dict's order, data in data_order (names)."""
    types = {numpy.dtype(value): key for key, value in TYPES.items()}
    arrays = {name: numpy.ascontiguousarray(t.detach().numpy()).reshape(t.shape)
              for name, t in tensors.items()}
    place, at = {}, 0
    for name in data_order or arrays:
        place[name] = [at, at + arrays[name].nbytes]
        at += arrays[name].nbytes
    header = {"__metadata__": {"format": "pt"}}
    header.update({name: {"dtype": types[a.dtype], "shape": list(a.shape),
                          "data_offsets": place[name]} for name, a in arrays.items()})
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in place:
            file.write(arrays[name].tobytes())


# ---- Both sides ----

def convlab(*words, code=0):
    result = subprocess.run([CONVLAB, *words], capture_output=True, text=True, check=False)
    assert result.returncode == code, \
        f"convlab {' '.join(words)}: exit code {result.returncode}, not {code}\n{result.stderr}"
    return result.stderr if code else result.stdout


def evaluate_ours(checkpoint, folder, *words):
    """Returns images as PyTorch sees them, labels, logits, and the accuracy that is printed."""
    path = os.path.join(folder, "logits.safetensors")
    out = convlab("eval", checkpoint, "--data", DATA, "--images", str(IMAGES), "--logits", path,
                  *words)
    tensors, metadata = read_safetensors(path)
    assert metadata == {"data": DATA}, metadata
    images, labels, logits = tensors["images"], tensors["labels"], tensors["logits"]
    assert images.dtype == "u1" and images.shape == (IMAGES, 1, 28, 28), images.shape
    assert labels.dtype == "<i8" and labels.shape == (IMAGES,), labels.shape
    assert logits.dtype == "<f4" and logits.shape == (IMAGES, 10), logits.shape
    images = torch.from_numpy(images.copy()).float() / 255          # as ToTensor does
    return images, torch.from_numpy(labels.copy()), logits, re.search(r"Accuracy: (.*)", out)[1]


def evaluate_theirs(model, images):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(batch) for batch in images.split(100)]).numpy()


def distance(ours, theirs):
    """The largest difference of an image's logits, relative to the largest of that image."""
    assert numpy.isfinite(ours).all() and numpy.isfinite(theirs).all(), "logits are finite"
    return float((abs(ours - theirs).max(axis=1) / abs(theirs).max(axis=1)).max())


def agree(ours, theirs, labels, accuracy):
    """Asserts that they do; returns the distance."""
    found = distance(ours, theirs)
    assert found <= TOLERANCE, f"logits differ by {found:.2g} relative"
    right = f"{(theirs.argmax(axis=1) == labels.numpy()).mean():.4f}"
    assert accuracy == right, f"accuracy: ours {accuracy}, PyTorch's {right}"
    return found


def load(model, arrays):
    model.load_state_dict({name: torch.from_numpy(a.copy()) for name, a in arrays.items()},
                          strict=True)
    return model


def must_raise(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"{kind.__name__} was expected")


# ---- The tests ----

def ours_in_pytorch(net, folder):
    run = os.path.join(folder, "run")
    convlab("train", net, "--data", DATA, "--max-steps", str(STEPS), "--epochs", "1", "--out", run)
    arrays, metadata = read_safetensors(os.path.join(run, "model.safetensors"))
    assert metadata["format"] == "pt" and metadata["network"] == net, metadata
    model = load(NETWORKS[net](), arrays)
    images, labels, ours, accuracy = evaluate_ours(run, folder)
    return f"logits within {agree(ours, evaluate_theirs(model, images), labels, accuracy):.1e}"


def checkpoint_in_pytorch(net, folder):
    """A checkpoint is the model, and more under two prefixes."""
    run = os.path.join(folder, "run")
    everything, _ = read_safetensors(os.path.join(run, "checkpoint.safetensors"))
    arrays = {name: a for name, a in everything.items()
              if not name.startswith(("optimizer.", "training."))}
    state = load(NETWORKS[net](), arrays).state_dict()
    model, _ = read_safetensors(os.path.join(run, "model.safetensors"))
    assert state.keys() == model.keys()
    for name, a in model.items():
        assert state[name].numpy().tobytes() == a.tobytes(), name
    return f"{len(everything)} tensors, {len(arrays)} of them the state_dict"


def trained_by_pytorch(net, images, labels):
    torch.manual_seed(4)
    model = NETWORKS[net]().train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    for step in range(TORCH_STEPS):
        batch = slice(100 * step, 100 * step + 100)
        optimizer.zero_grad()
        functional.cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    return model


def pytorch_in_ours(net, folder):
    images, labels, _, _ = evaluate_ours(os.path.join(folder, "run"), folder)
    model = trained_by_pytorch(net, images, labels)
    theirs, state = evaluate_theirs(model, images), model.state_dict()
    names = list(state)
    backwards = {name: state[name] for name in reversed(names)}
    variations = [(state, None), (state, sorted(names)), (backwards, names)]
    for twin in ("fc1.", "layer4."):            # saved under one of its two names only
        if "layer4.0.weight" in state:
            variations.append(({n: t for n, t in state.items() if not n.startswith(twin)}, None))
    path, worst = os.path.join(folder, "torch.safetensors"), 0.0
    for tensors, data_order in variations:
        write_safetensors(path, tensors, data_order)
        _, _, ours, accuracy = evaluate_ours(path, folder, "--net", net)
        worst = max(worst, agree(ours, theirs, labels, accuracy))
    return f"{len(variations)} files, logits within {worst:.1e}"


def planted_mistakes_are_seen(net, folder):
    """What the comparisons above would say if a weight were in the wrong place."""
    images, labels, _, _ = evaluate_ours(os.path.join(folder, "run"), folder)
    model = trained_by_pytorch(net, images, labels)
    theirs, state = evaluate_theirs(model, images), model.state_dict()
    path, seen = os.path.join(folder, "wrong.safetensors"), []

    def swap(t):
        flat = t.flatten().clone()
        one, two = flat.argmin(), flat.argmax()
        flat[one], flat[two] = t.max(), t.min()
        return flat.reshape(t.shape)

    def transpose(t):
        return t.transpose(-1, -2).contiguous().reshape(t.shape)

    for change in (swap, transpose):
        for name in state:
            if state[name].dim() < 2:
                continue
            write_safetensors(path, {**state, name: change(state[name])})
            _, _, ours, accuracy = evaluate_ours(path, folder, "--net", net)
            must_raise(AssertionError, agree, ours, theirs, labels, accuracy)
            arrays, _ = read_safetensors(path)
            other = evaluate_theirs(load(NETWORKS[net](), arrays), images)
            agree(ours, other, labels, f"{(other.argmax(1) == labels.numpy()).mean():.4f}")
            seen.append(distance(ours, theirs))
    return f"{len(seen)} changes, each moves the logits by at least {min(seen):.1e}"


def other_state_dicts_are_refused(net, folder):
    """Exit code 3, naming the tensor. PyTorch's strict=True refuses what misses a tensor too,
    except batch norm's counter, which files of its early versions lack."""
    state = NETWORKS[net]().state_dict()
    path = os.path.join(folder, "wrong.safetensors")

    def refused(tensors, *says):
        write_safetensors(path, tensors)
        text = convlab("eval", path, "--data", DATA, "--net", net, code=3)
        assert all(part in text for part in says), text

    for name in state:
        less = {n: t for n, t in state.items() if n != name}
        refused(less, f"'{name}' is missing")
        if not name.endswith("num_batches_tracked"):
            assert name in must_raise(RuntimeError, load, NETWORKS[net](),
                                      {n: t.numpy() for n, t in less.items()})
    refused({**state, "layer3.0.weight": torch.zeros(2)}, "'layer3.0.weight' has no place")
    refused({**state, "fc.weight": state["fc.weight"].T}, "'fc.weight'", "[10, 1568]",
            "[1568, 10]")
    refused({**state, "fc.weight": state["fc.weight"].double()}, "'fc.weight'", "F32", "F64")
    refused({**state, "layer1.1.running_var": torch.ones(1)}, "'layer1.1.running_var'", "[16]")
    return f"{len(state) + 4} files"


def main():
    number = failures = 0
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))

    def run(test, net, folder):
        nonlocal number, failures
        number += 1
        title = f"{number} - {test.__name__}({net})"
        try:
            print(f"ok {title}\n# {test(net, folder)}")
        except Exception as error:              # a broken file may raise anything
            failures += 1
            text = f"{type(error).__name__}: {error}".replace("\n", "\n# ")
            print(f"not ok {title}\n# {text}")
        sys.stdout.flush()

    print(f"# PyTorch {torch.__version__}, {IMAGES} test images of {DATA}")
    for net in sys.argv[1:] or NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            run(ours_in_pytorch, net, folder)
            run(checkpoint_in_pytorch, net, folder)
            run(pytorch_in_ours, net, folder)
            if net == "convnet-bn":
                run(planted_mistakes_are_seen, net, folder)
                run(other_state_dicts_are_refused, net, folder)
    print(f"1..{number}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
