class Failure(Exception):
    """What made a measurement impossible or wrong."""
