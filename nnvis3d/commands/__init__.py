"""One module for each command of the command line, each with `add_arguments(parser)` and `run(options) ->
int`."""
