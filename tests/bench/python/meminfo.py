"""Memory in use: what the component and the script have in common."""


def used_percent(text: str) -> float:
    fields = {}
    for line in text.splitlines():
        name, rest = line.split(":", 1)
        fields[name] = float(rest.split()[0])
    return 100.0 * (1.0 - fields["MemAvailable"] / fields["MemTotal"])
