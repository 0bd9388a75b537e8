"""Names in the forms that the languages want, and files that are written only where they change."""

import re


def snake(name):
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[/.]", "_", name).lower()


def camel(name):
    """Email/queryChanges: emailQueryChanges; MDN/send: mdnSend."""
    first, *rest = [w for w in re.split(r"[/._]", name) if w]
    lead = re.match(r"[A-Z]+(?![a-z])|[A-Z]", first)
    first = first[:lead.end()].lower() + first[lead.end():] if lead else first
    return first + "".join(w[0].upper() + w[1:] for w in rest)


def write_if_changed(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
