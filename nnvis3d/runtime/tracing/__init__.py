"""Any nn.Module, unedited, as a NetworkSpec, and live: run once on an example to see what it computes."""
