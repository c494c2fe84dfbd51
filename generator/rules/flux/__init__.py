"""Rules of Flux v1, Flux v2 and Flagger."""
