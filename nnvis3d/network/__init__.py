"""What flows: specs, activation frames, layouts, colour maps. Knows numpy only."""
