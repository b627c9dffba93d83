"""Benchmarks: the service beside its floor, a bare view that runs the same statements by hand, in one run, turn by turn."""
