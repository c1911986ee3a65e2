"""Everything flat on the screen: panels, labels, messages. Draws a HudState, says what was asked for."""
