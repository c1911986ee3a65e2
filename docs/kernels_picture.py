"""Makes pictures/kernels.png: kernels of a neuron that is asked in the lab (make_pictures.sh calls it)."""

from pathlib import Path

from compare_picture import SIZE, TICK, train, until

from nnvis3d.app import App
from nnvis3d.app_lab import LabOpener
from nnvis3d.lab.process import LabProcess
from nnvis3d.lab.wanted import Wanted
from nnvis3d.network.spec import NeuronId
from nnvis3d.options import Options
from nnvis3d.scene.host import Host
from nnvis3d.scene.input_events import PointerMoved

NEURON = NeuronId("conv2", 5, 5, 4)


def main() -> None:
    host = Host(SIZE, offscreen=True)
    lab = LabOpener(lambda: LabProcess(Wanted("cnn", "digits")).open())
    app = App(host, Options(model="cnn", size=SIZE), lab=lab)
    until(app, lambda: app.lab.snapshot is not None and app.frame is not None)
    train(app, 400)
    app.pad.step_sample(2)
    for _ in range(100):
        app.tick(TICK, draw=False)
    pixels, _ = app.show.rig.project(app.show.arrangement.layout.position(NEURON)[None])
    app.input.inject(PointerMoved(*pixels[0].tolist()))
    until(app, lambda: app.lab.kernels.shown is not None)
    for _ in range(30):
        app.tick(TICK, draw=False)
    app.panels.messages.dismiss()
    app.tick(TICK)
    app.show.keep(moved=True, drawn=True)
    host.render()
    host.save_picture(Path(__file__).parent / "pictures" / "kernels.png")
    app.close()


if __name__ == "__main__":
    main()
