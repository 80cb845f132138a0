#!/bin/bash
# interchange.sh: checkpoints to PyTorch and back, as TAP (tests/interchange.py), where it is.
set -u
cd "$(dirname "$0")/../.." || exit 1

for python in python3 /usr/bin/python3; do
    if "$python" -c 'import torch' >/dev/null 2>&1; then
        exec "$python" tests/interchange.py
    fi
done
echo "1..1"
echo "ok 1 - interchange # SKIP python3-torch is not installed"
