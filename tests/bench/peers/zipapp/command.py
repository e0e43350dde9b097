import subprocess


def run(argv):
    """Output of a command, line by line."""
    return subprocess.check_output(argv).decode("utf-8").split("\n")
