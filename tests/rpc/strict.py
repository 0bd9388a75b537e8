"""A schema made strict."""


def closed(node):
    """The schema without room for properties that it does not name: clients must bear them, the core must not invent them."""
    if isinstance(node, dict):
        out = {k: closed(v) for k, v in node.items()}
        if "properties" in node and "additionalProperties" not in node and "patternProperties" not in node:
            out["additionalProperties"] = False
        if "patternProperties" in node:
            out["additionalProperties"] = False
        return out
    return [closed(v) for v in node] if isinstance(node, list) else node
