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
    """Epochs of a round of the last part, which goes on from that mean; in each the rate falls to nothing."""
    settle_rate: float = 0.03
    """The learning rate that a round begins with."""
    rounds: int = 1
    """Of the last part, each from the end of the one before; the mean of their ends is kept, as with the
    third part."""
    mix: float = 0.2
    """Of the last two parts' pictures: Beta(mix, mix) says how much of each of two a picture is
    (Zhang et al. 2018, "mixup")."""
    bfloat16: bool = True
    """Convolutions in bfloat16; weights, norms' statistics and the loss stay float32."""

    @property
    def cycles(self) -> int:
        """Epochs before the third part."""
        return self.epochs + self.again

    @property
    def averaged(self) -> int:
        """Epochs before the last part."""
        return self.cycles + self.average

    @property
    def total(self) -> int:
        """Epochs in all."""
        return self.averaged + self.rounds * self.settle

    def starts(self, epoch: int) -> bool:
        """Whether a part, or a round of the last one, begins with this epoch."""
        first = (self.epochs, self.cycles, self.averaged)
        return epoch in first or (epoch > self.averaged and (epoch - self.averaged) % self.settle == 0)

    def kept(self, epoch: int) -> int:
        """How many states of the weights the mean is of after so many epochs."""
        if epoch <= self.averaged:
            return max(epoch - self.cycles, 0)
        return (epoch - self.averaged) // self.settle

    def keeps(self, epoch: int) -> bool:
        """Whether the weights after this epoch go into the mean."""
        if epoch < self.averaged:
            return epoch >= self.cycles
        return (epoch + 1 - self.averaged) % self.settle == 0
