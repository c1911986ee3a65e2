"""PyTorch: the networks, their weights, the forward pass, training. Never sees the renderer."""
