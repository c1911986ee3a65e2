#!/usr/bin/env bash
# Makes the pictures of README.md and docs/ again, with the nnvis3d of this checkout: bash docs/make_pictures.sh
# three.png is the pad after a person's pen (assets/strokes.jsonl, its first 3).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
picture() { # NAME OPTION...
    python ../main.py snapshot --input three.png --output "pictures/$1.png" "${@:2}"
}
picture cnn-3d --model cnn --view 3d
picture cnn-2d --model cnn --view 2d
picture mlp-3d --model mlp --view 3d
picture mlp-2d --model mlp --view 2d
picture ask --model cnn --select conv2:3:4:5
picture hover --model cnn --hover conv2:3:4:5
picture path --model cnn --select output:3 --edges path
picture step --model cnn --select conv1:2:11:14 --step 2.4
picture cnn-light --model cnn --view 3d --theme light
for tour in walk_cnn attract; do
    python ../main.py record "$tour" --sheet 5 --output "pictures/tour_$tour.png"
done
