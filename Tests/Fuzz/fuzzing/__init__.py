"""The whole-program fuzzer: what is said to the gateway from both sides, and what must hold meanwhile."""
