"""What keeps an exhibit running: config, supervisor, curtain, logs, counters. Neither renderer nor torch."""
