"""The benchmarks of ollama-gateway: see ../README.md."""
