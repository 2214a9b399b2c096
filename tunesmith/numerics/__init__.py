"""Arrays in, arrays out: the mathematics that samplers, pruners and analyses share."""
