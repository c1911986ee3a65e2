"""How a network is trained on pictures: how long, how fast, on what variations of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureTrainingOptions:
    """How long and how fast."""

    epochs: int
    seed: int = 1
    batch: int = 128
    learning_rate: float = 0.15
    """The highest; it rises for a twentieth of the run, then falls to nothing along a line."""
    momentum: float = 0.9
    """Nesterov's."""
    weight_decay: float = 5e-4
    smoothing: float = 0.05
    """Of the labels (Szegedy et al. 2016)."""
    shift: int = 4
    """Pixels that a picture moves at most, in rows and in columns."""
    small_size: int = 24
    """Pixels a side in the early epochs: the coarse things are learnt at half the cost."""
    small_share: float = 0.4
    """Of the epochs."""
    again: int = 0
    """Epochs of a second rise and fall after the first (Loshchilov and Hutter 2017, "SGDR")."""
    again_rate: float = 0.1
    """The highest learning rate of the second."""
    average: int = 0
    """Epochs of a third part at a constant rate; the mean of the weights after each is what is kept
    (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better Generalization")."""
    average_rate: float = 0.05
    """The learning rate of that part."""
    settle: int = 0
    """Epochs of a fourth part, which goes on from that mean; its rate falls to nothing along a line."""
    settle_rate: float = 0.03
    """The learning rate that it begins with."""
    mix: float = 0.2
    """Of the third and the fourth part's pictures: Beta(mix, mix) says how much of each of two a picture is
    (Zhang et al. 2018, "mixup")."""
    refine: int = 0
    """Epochs of a last part, like the fourth, on pictures that are not mixed (He et al. 2019, "Data
    Augmentation Revisited")."""
    refine_rate: float = 0.01
    """The learning rate that it begins with."""
    bfloat16: bool = True
    """Convolutions in bfloat16; weights, norms' statistics and the loss stay float32."""

    @property
    def cycles(self) -> int:
        """Epochs before the third part."""
        return self.epochs + self.again

    @property
    def averaged(self) -> int:
        """Epochs before the fourth part."""
        return self.cycles + self.average

    @property
    def settled(self) -> int:
        """Epochs before the last part."""
        return self.averaged + self.settle

    @property
    def total(self) -> int:
        """Epochs in all."""
        return self.settled + self.refine
