"""The engine of the training lab: it trains, measures, steers and remembers; it draws nothing."""
