"""Makes pictures/kernels.png: kernels of a neuron that is asked in the lab (make_pictures.sh calls it)."""

from lab_pictures import opened, rest, save, train, until

from nnvis3d.network.spec import NeuronId
from nnvis3d.scene.input_events import PointerMoved

NEURON = NeuronId("conv2", 5, 5, 4)


def main() -> None:
    app = opened()
    train(app, 400)
    app.pad.step_sample(2)
    rest(app, 100)
    pixels, _ = app.show.rig.project(app.show.arrangement.layout.position(NEURON)[None])
    app.input.inject(PointerMoved(*pixels[0].tolist()))
    until(app, lambda: app.lab.kernels.shown is not None)
    rest(app, 30)
    save(app, "kernels.png")


if __name__ == "__main__":
    main()
