"""What is on the pad: a drawing with its history, an album to leaf through, what a camera sees."""

from dataclasses import replace

from nnvis3d.inputs.album import Album
from nnvis3d.inputs.canvas import Canvas
from nnvis3d.inputs.color_canvas import ColorCanvas
from nnvis3d.inputs.reduced_image import ReducedImage
from nnvis3d.inputs.reduction import reduce_drawing
from nnvis3d.inputs.strokes import Base, Color, Drawing, Similarity
from nnvis3d.tools.history import History
from nnvis3d.tools.leafing import Leafing, Sheet

_SIZES = (0.1, 6.0)  # how far a drawing may be scaled from what it was drawn at


class DrawingBoard:
    """Owns the drawing and turns it into pixels.

    `version` counts changes of the drawing: run the network when it differs from the one that was run last.
    `stroking` is True while the pen is down: then the picture must follow at once.
    """

    def __init__(self, canvas_size: int):
        self.canvas = Canvas(canvas_size)
        """The drawing as ink."""
        self.painting = ColorCanvas(canvas_size)
        """The drawing in colours: what is shown while `colored`."""
        self.colored = False
        """Whether the network sees colours."""
        self.normalize = True
        self.version = 0
        self._history: History[Sheet] = History(Sheet(Drawing()))
        self._leafing = Leafing()
        self._camera: Drawing | None = None
        """What a camera sees now."""
        self._live: Drawing | None = None
        """With the stroke that is being drawn."""

    @property
    def drawing(self) -> Drawing:
        """What is on the pad now, a stroke that is being drawn included."""
        if self._live is not None:
            return self._live
        return self._camera if self._camera is not None else self._history.now.drawing

    @property
    def sample(self) -> int:
        """Number, from 0, of the sample digit or picture that is on the pad; -1: it is none."""
        return self._leafing.index(self._sheet, self.colored)

    @property
    def title(self) -> str:
        """What the sample, the picture of a folder, or what a camera sees is called; empty: it is none."""
        base = self.drawing.base
        return base.name if base is not None and (self.watching or self.sample >= 0) else ""

    @property
    def _sheet(self) -> Sheet:
        """What is on the pad when no pen is down."""
        return Sheet(self._camera) if self._camera is not None else self._history.now

    @property
    def watching(self) -> bool:
        """Whether the pad shows what a camera sees."""
        return self._camera is not None

    @property
    def stroking(self) -> bool:
        return self._live is not None

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    def undo(self) -> None:
        if self._live is None and self._history.undo():
            self._camera = None
            self._touch()

    def redo(self) -> None:
        if self._live is None and self._history.redo():
            self._touch()

    def clear(self) -> None:
        if not self.drawing.empty:
            self._set(Drawing())

    def put(self, drawing: Drawing) -> None:
        """Replace what is on the pad, undoably."""
        self._set(drawing)

    def forget(self) -> None:
        """An empty pad, and nothing that could be undone: who comes next does not see what was here."""
        self._live = self._camera = None
        self._history = History(Sheet(Drawing()))
        self._touch()

    # pictures

    @property
    def shipped(self) -> int:
        """As `sample`, but of the samples that ship alone: who opens the same lab has them as well."""
        sheet = self._sheet
        return sheet.index if self._leafing.ships(sheet, self.colored) else -1

    def put_sample(self, index: int, placement: Similarity) -> bool:
        """Put this one of the samples that ship on the pad, lying so; False if there is none, or a person's
        own pictures are open.

        Raises:
            UserError: the installation lacks them.
        """
        sheet = self._leafing.sample(index, self.colored)
        if sheet is not None:
            self._keep(replace(sheet, drawing=replace(sheet.drawing, placement=placement)))
        return sheet is not None

    def step_sample(self, steps: int) -> list[str]:
        """Put the next (or, with -1, the previous) drawing of the album on the pad.

        Returns what is to be said of those that cannot be read and were passed over.

        Raises:
            UserError: none can be read.
        """
        sheet, skipped = self._leafing.step(self._sheet, steps, self.colored)
        self._keep(sheet)
        return skipped

    def open_album(self, album: Album) -> list[str]:
        """Step through these from now on, beginning with the first; returns and raises as `step_sample`."""
        self._leafing.open(album)
        return self.step_sample(1)

    def watch(self, base: Base | None) -> None:
        """Show what a camera sees, until something is drawn or put on the pad; None: it is off, keep its
        last picture."""
        if base is not None and self._live is None:
            self._camera = Drawing(base=base)
            self._touch()
        elif base is None and self._camera is not None:
            self._set(self._camera)

    # how it lies, and how it is seen

    def transform(
        self, move: tuple[float, float] = (0.0, 0.0), degrees: float = 0.0, scale: float = 1.0
    ) -> None:
        """Move (pad units), turn (clockwise) and scale the whole drawing about its centre, undoably."""
        if not self.drawing.empty and _SIZES[0] <= self.drawing.placement.scale * scale <= _SIZES[1]:
            self._set(self.drawing.transformed(move, degrees, scale), keep=True)

    def reset_transform(self) -> None:
        """Put the drawing back where it was drawn."""
        if self.transformed:
            self._set(replace(self.drawing, placement=Drawing().placement), keep=True)

    @property
    def transformed(self) -> bool:
        return self.drawing.placement != Drawing().placement

    def set_normalize(self, normalize: bool) -> None:
        if normalize != self.normalize:
            self.normalize = normalize
            self._touch()

    def set_colored(self, colored: bool) -> None:
        """Whether the network sees colours: then they are drawn and shown, and nothing is centred."""
        if colored != self.colored:
            self.colored = colored
            self._touch()

    def paint_paper(self, color: Color) -> None:
        """Paint what is under everything, undoably."""
        if self.drawing.paper != color:
            self._set(replace(self.drawing, paper=color), keep=True)

    def reduced(self, shape: tuple[int, int, int], normalize: bool | None = None) -> ReducedImage:
        """The drawing as the network sees it that takes (C, H, W).

        Args:
            normalize: whether it is centred and scaled; None: as the person chose.
        """
        painted = self.painting.pixels if self.colored and shape[0] == 3 else None
        normalize = self.normalize if normalize is None else normalize
        return reduce_drawing(self.drawing, shape, normalize, painted)

    # inside

    def _show(self, drawing: Drawing) -> None:
        self._live = drawing
        self._touch()

    def _set(self, drawing: Drawing, keep: bool = False) -> None:
        """From now on this is on the pad; `keep`: it still is the sample that it was."""
        self._keep(replace(self._sheet, drawing=drawing) if keep else Sheet(drawing))

    def _keep(self, sheet: Sheet) -> None:
        self._end()
        self._history.push(sheet)
        self._touch()

    def _end(self) -> None:
        """Whatever was going on with the drawing."""
        self._live = self._camera = None

    def _touch(self) -> None:
        self.version += 1
        (self.painting if self.colored else self.canvas).show(self.drawing)
