class Failure(Exception):
    """What the gateway did that it must never do."""
