"""What is seen on the pad: the drawing, or on an empty pad what one could draw there."""

from nnvis3d.scene.pad_view import PadView
from nnvis3d.tools.invitation import Invitation
from nnvis3d.tools.pad_tool import PadTool


class PadInk:
    """Keeps the pad's view in step with the pad."""

    def __init__(self, pad: PadTool, view: PadView):
        self._pad, self._view = pad, view
        self._invitation = Invitation(pad.canvas.size)
        self._shown = (-1, False)
        """Version of what is on the view, and whether it is the invitation."""

    def update(self, dt: float) -> bool:
        """Upload what is new after `dt` seconds; True if anything was."""
        inviting = self._pad.drawing.empty
        changed = self._invitation.update(dt, inviting)
        shown = (self._version(inviting), inviting)
        if not changed and shown == self._shown:
            return False
        self._shown = shown
        self._upload(inviting)
        return True

    def _version(self, inviting: bool) -> int:
        if self._pad.colored:
            return -2 - self._pad.painting.version
        return self._invitation.canvas.version if inviting else self._pad.canvas.version

    def _upload(self, inviting: bool) -> None:
        if self._pad.colored:  # no digit invites to draw for a network that sees colours
            self._view.set_colors(self._pad.painting.pixels, self._invitation.strength)
        elif inviting:
            self._view.set_ink(self._invitation.canvas.pixels, max(self._invitation.strength, 0.01))
        else:
            self._view.set_ink(self._pad.canvas.pixels)
