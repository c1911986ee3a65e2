"""Everything flat: imgui's panels and texts, drawn by Panda3D over the picture of one output."""

import panda3d.core as p3d
from imgui_bundle import imgui

from nnvis3d.scene.imgui_fonts import load_fonts
from nnvis3d.scene.imgui_geometry import ImguiGeometry
from nnvis3d.scene.imgui_keys import IMGUI_KEYS
from nnvis3d.scene.imgui_textures import ImguiTextures
from nnvis3d.scene.shaders import ShaderLibrary

FAR = -1e6
"""A place where no pointer is, pixels."""
EVENT_BUILDS = 3
"""imgui takes a press and a release that came together in two frames, and shows the outcome in a third."""

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom, pixels."""


def overlaps(one: Rectangle, other: Rectangle) -> bool:
    """Whether two rectangles share a pixel."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class Overlay:
    """imgui in a display region of its own over `output`, a window or an offscreen buffer.

    What was built stays on screen until the next `begin`; a tick without one costs nothing but its drawing.
    Nothing here reads a clock: `begin` is told how much time has passed.
    """

    def __init__(self, output: p3d.GraphicsOutput, shaders: ShaderLibrary, sort: int = 100):
        self._shaders, self._sort = shaders, sort
        self._context = imgui.create_context()
        self._configure()
        self.fonts = load_fonts()
        self.textures = ImguiTextures()
        self._geometry = ImguiGeometry(self.textures)
        self._root = self._make_scene(shaders)
        self._output = output
        self._region = self._make_region(output, sort)
        self._size = (0, 0)
        self._pointer = (FAR, FAR)
        self._held: dict[int, bool] = {}
        """Buttons that are down -> whether they were pressed on a panel."""
        self._moved = False
        """Whether imgui does not know the pointer's place yet: it is told the last one, when it builds."""
        self._keys: set[str] = set()
        """Keys that imgui believes to be down."""
        self._solid: tuple[Rectangle, ...] = ()
        self._building: list[Rectangle] = []
        self._builds_due = EVENT_BUILDS
        self._awake_s = 0.0

    def beneath(self) -> "Overlay":
        """Another one over the same output, drawn before this one."""
        return Overlay(self._output, self._shaders, self._sort - 1)

    def above(self) -> "Overlay":
        """Another one over the same output, drawn after this one."""
        return Overlay(self._output, self._shaders, self._sort + 1)

    # what is drawn

    def begin(self, dt: float, size: tuple[int, int]) -> None:
        """Start anew. `dt`: seconds since the last build; `size`: of the picture, pixels."""
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        io.delta_time = max(dt, 1e-4)
        pixels = max(size[0], 1), max(size[1], 1)
        io.display_size = imgui.ImVec2(*pixels)
        if pixels != self._size:
            self._size = pixels
            self._root.set_shader_input("u_size", p3d.LVecBase2f(*pixels))
        self._builds_due = max(0, self._builds_due - 1)
        self._awake_s = max(0.0, self._awake_s - dt)
        self._building = []
        self._tell_place()
        imgui.new_frame()

    def end(self) -> None:
        """Show what was drawn since `begin`."""
        imgui.render()
        self.textures.serve()
        self._geometry.show(imgui.get_draw_data())
        self.textures.forget_unused()
        self._solid = tuple(self._building)
        if imgui.get_current_context().input_events_queue.size():
            self.wake()  # imgui takes a letter or two a build: typed fast, some still wait

    def solid(self, rectangle: Rectangle) -> None:
        """The pointer belongs to the overlay inside `rectangle` from this build on."""
        self._building.append(rectangle)

    @property
    def taken(self) -> tuple[Rectangle, ...]:
        """What is solid as shown."""
        return self._solid

    @property
    def built(self) -> tuple[Rectangle, ...]:
        """What was declared solid in this build so far."""
        return tuple(self._building)

    def stay_awake(self, seconds: float) -> None:
        """Something will still move by itself for so long: builds are due meanwhile."""
        self._awake_s = max(self._awake_s, seconds)

    def wake(self) -> None:
        """Something happened whose outcome imgui shows over the next builds."""
        self._builds_due = EVENT_BUILDS

    @property
    def restless(self) -> bool:
        """Whether a build is due even though what is shown has not changed."""
        return self._builds_due > 0 or self._awake_s > 0

    @property
    def draw_calls(self) -> int:
        return self._geometry.draw_calls

    # what the person does

    def pointer(self, x: float, y: float) -> None:
        """The pointer is at pixel (x, y); outside the picture where it left it."""
        before = self.wants_pointer
        self._pointer, self._moved = (x, y), True
        # A pen stroke or an orbit is none of the panels' business: nothing to build anew.
        if before or self.wants_pointer:
            self.wake()

    def leave(self) -> None:
        """There is no pointer: a finger was lifted, the window lost the mouse."""
        self.pointer(FAR, FAR)

    def button(self, index: int, down: bool) -> None:
        """Button 0 (left), 1 (right) or 2 (middle) went down or up where the pointer is."""
        if down:
            self._held[index] = self._inside(*self._pointer)
        else:
            self._held.pop(index, None)
        self._tell_place()
        self._io().add_mouse_button_event(index, down)
        self.wake()

    def wheel(self, dx: float, dy: float) -> None:
        """The wheel turned by so many notches; up and left are positive."""
        if self.wants_pointer:
            self._tell_place()
            self._io().add_mouse_wheel_event(dx, dy)
            self.wake()

    def key(self, name: str, down: bool) -> None:
        """A key, by Panda3D's name ("arrow_left", "control"), went down or up."""
        io = self._io()
        if not io.want_text_input and name not in self._keys:
            return
        (self._keys.add if down else self._keys.discard)(name)
        for key in IMGUI_KEYS.get(name, ()):
            io.add_key_event(key, down)
        self.wake()

    def text(self, characters: str) -> None:
        """Characters were typed."""
        if self.wants_keyboard:
            self._io().add_input_characters_utf8(characters)
            self.wake()

    def drop_backlog(self, most: int) -> None:
        """Forget what waits if more than `most` events do: imgui takes a click in two builds, and a screen
        that is hammered on would be answered minutes later."""
        io = self._io()
        if imgui.get_current_context().input_events_queue.size() > most:
            io.clear_events_queue()
            io.clear_input_mouse()

    @property
    def wants_pointer(self) -> bool:
        """Whether what the pointer does now is for the overlay and not for the scene.

        A drag belongs to where it began: to the overlay or to the scene, until the button is up.
        """
        if self._held:
            return any(self._held.values())
        return self._inside(*self._pointer)

    @property
    def wants_keyboard(self) -> bool:
        """Whether a text field has the keyboard."""
        return self._io().want_text_input

    @property
    def visible(self) -> bool:
        """Whether it is drawn at all."""
        return self._region.active

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._region.active = visible

    def destroy(self) -> None:
        """Take everything off the output; the overlay cannot be used after this."""
        imgui.set_current_context(self._context)
        self.textures.destroy()
        imgui.get_io().backend_flags &= ~imgui.BackendFlags_.renderer_has_textures
        imgui.destroy_context(self._context)
        self._output.remove_display_region(self._region)
        self._root.remove_node()

    # how it is set up

    def _configure(self) -> None:
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        io.set_ini_filename("")
        io.set_log_filename("")
        io.backend_flags |= imgui.BackendFlags_.renderer_has_textures
        io.config_input_text_cursor_blink = False  # a blinking cursor would keep drawing frames for ever
        io.config_windows_move_from_title_bar_only = False
        io.config_windows_resize_from_edges = False
        io.config_mac_osx_behaviors = False
        style = imgui.get_style()
        style.window_border_size = 0.0  # imgui would clip our own rims by it
        style.window_padding = imgui.ImVec2(0, 0)
        style.window_min_size = imgui.ImVec2(1, 1)
        imgui.get_platform_io().renderer_texture_max_width = 4096
        imgui.get_platform_io().renderer_texture_max_height = 4096

    def _make_scene(self, shaders: ShaderLibrary) -> p3d.NodePath:
        root = p3d.NodePath("overlay")
        path = root.attach_new_node(self._geometry.node)
        path.set_shader(shaders.load("overlay"))
        add = p3d.ColorBlendAttrib
        blend = add.make(add.M_add, add.O_one, add.O_one_minus_incoming_alpha)
        path.set_attrib(blend)
        path.set_depth_test(False)
        path.set_depth_write(False)
        path.set_two_sided(True)
        path.set_bin("unsorted", 0)  # imgui's order is what lies over what
        root.set_shader_input("u_size", p3d.LVecBase2f(1, 1))
        return root

    def _make_region(self, output: p3d.GraphicsOutput, sort: int) -> p3d.DisplayRegion:
        node = p3d.Camera("overlay")
        node.set_lens(p3d.OrthographicLens())
        node.set_cull_bounds(p3d.OmniBoundingVolume())
        region = output.make_display_region()
        region.set_sort(sort)
        region.set_clear_depth_active(False)
        region.set_camera(self._root.attach_new_node(node))
        return region

    def _tell_place(self) -> None:
        if self._moved:
            self._io().add_mouse_pos_event(*self._pointer)
            self._moved = False

    def _io(self) -> imgui.IO:
        imgui.set_current_context(self._context)
        return imgui.get_io()

    def _inside(self, x: float, y: float) -> bool:
        return any(left <= x < right and top <= y < bottom for left, top, right, bottom in self._solid)
