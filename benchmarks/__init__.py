"""Speed and memory beside the pipelines that users would otherwise run: `python -m benchmarks`."""
