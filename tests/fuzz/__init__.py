"""A fuzzer of everything that scaffold reads: documents that are nearly valid, and the real command line over them."""
