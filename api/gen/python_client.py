"""The generated half of the Python package (clients/python): types.py and methods.py."""

import keyword
import re

from names import snake

HEAD = '"""Written by apigen.py from api/schema; do not edit."""\n\nfrom __future__ import annotations\n\n'
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def wrapped(text, indent, width=118):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > width - len(indent):
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return [indent + part for part in lines + [line]]


def docstring(text, indent):
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    if text.endswith('"'):
        text += " "
    lines = []
    for i, paragraph in enumerate(text.split("\n")):
        lines += wrapped(paragraph, indent + ("    " if i and not paragraph.startswith("Raises") else "")) if paragraph else [""]
    lines[0] = indent + '"""' + lines[0][len(indent):]
    if len(lines) == 1:
        return [lines[0] + '"""']
    return lines + [indent + '"""']


class Types:
    """Python types of schema nodes. Objects that have no name of their own get one: of where they stand."""

    def __init__(self, schema):
        self.schema = schema
        self.classes = []

    def of(self, node, name):
        if "$ref" in node:
            return node["$ref"]
        if "anyOf" in node:
            return self.union([self.of(n, name) for n in node["anyOf"]])
        if "const" in node:
            return f"Literal[{node['const']!r}]"
        if "enum" in node:
            return f"Literal[{', '.join(repr(v) for v in node['enum'])}]"
        types = node.get("type")
        if types is None:
            return "Any"
        return self.union([self.one(t, node, name) for t in ([types] if isinstance(types, str) else types)])

    @staticmethod
    def union(parts):
        parts = list(dict.fromkeys(parts))
        return "Any" if "Any" in parts else " | ".join(parts)

    def one(self, kind, node, name):
        if kind in SCALARS:
            return SCALARS[kind]
        if kind == "array":
            return f"list[{self.of(node.get('items', {}), name + 'Item')}]"
        if node.get("properties"):
            self.define(name, node)
            return name
        additional = node.get("additionalProperties", True)
        return f"dict[str, {self.of(additional, name + 'Value') if isinstance(additional, dict) else 'Any'}]"

    def define(self, name, node, about=None):
        """A TypedDict. Members that are no identifiers stand in a base class written as a call."""
        required = node.get("required", [])
        if "id" in node["properties"] and about:  # an object of /get: what was asked for is there; ours must be asked for by name
            required = [p for p, n in node["properties"].items() if not n.get("description", "").startswith("Ours")]
        rows, odd = [], []
        for p, n in node["properties"].items():
            t = self.of(n, name + p[0].upper() + p[1:])
            t = f"Required[{t}]" if p in required else t
            (odd if keyword.iskeyword(p) or not p.isidentifier() else rows).append((p, t, n.get("description")))
        out = []
        if odd:
            members = ", ".join(f'"{p}": "{t}"' for p, t, _ in odd)
            out += [f'_{name}Names = TypedDict("_{name}Names", {{{members}}}, total=False)', "", ""]
        out.append(f"class {name}({f'_{name}Names' if odd else 'TypedDict'}, total=False):")
        if about:
            out += docstring(about, "    ") + [""]
        for p, t, description in rows:
            out += wrapped(description, "    # ") if description else []
            out.append(f"    {p}: {t}")
        if not rows and not about:
            out.append("    pass")
        while out[-1] == "":
            out.pop()
        self.classes.append("\n".join(out))


def pascal(name):
    return "".join(w[0].upper() + w[1:] for w in re.split(r"[/.]", name))


def about_type(t):
    return t["summary"] + ("\n\n" + t["description"] if "description" in t else "")


def types_module(schema):
    types = Types(schema)
    aliases = []
    for name, t in sorted(schema.types.items()):
        if t.get("properties") and t.get("type") == "object":
            types.define(name, t, t["summary"])
        else:
            aliases += [*wrapped(t["summary"], "# "), f"{name}: TypeAlias = {types.of({k: v for k, v in t.items()}, name)!r}"]
    for name, m in sorted(schema.methods.items()):
        if m["result"].get("properties"):
            types.define(pascal(name) + "Result", m["result"], f"What {name} answers.")
    for name, e in sorted(schema.events.items()):
        types.define(pascal(name), e["params"], e["summary"])
    return HEAD + "from typing import Any, Literal, Required, TypeAlias, TypedDict\n\n" + "\n".join(aliases) + "\n\n\n" + \
        "\n\n\n".join(types.classes) + "\n"


# ---- methods -----------------------------------------------------------------------------------------------------


def argument(name):
    name = snake(name)
    return name + "_" if keyword.iskeyword(name) else name


def method_docstring(name, m):
    text = m["summary"]
    if "description" in m:
        text += "\n\n" + m["description"]
    lines = docstring(text, "        ")
    closing = lines.pop() if lines[-1].strip() == '"""' else None
    if closing is None:
        lines[-1] = lines[-1][:-3]
    described = [(argument(p), n["description"]) for p, n in m["params"].get("properties", {}).items() if "description" in n]
    for p, d in described:
        if (p, d) == described[0]:
            lines.append("")
        lines += [("        " if i == 0 else "            ") + part for i, part in
                  enumerate(wrapped(f"{p}: {d}".replace("\\", "\\\\").replace('"""', "'''"), "", 104))]
    if m.get("errors"):
        lines.append("")
        lines += wrapped("Raises Error of the types " + ", ".join(sorted(m["errors"])) + ".", "        ")
    return lines + ['        """']


def method(types, name, m, returns, is_full, takes_refs):
    params = m["params"]
    required = params.get("required", [])
    properties = params.get("properties", {})
    ordered = sorted(properties, key=lambda p: p not in required)
    out = [f"    def {snake(name)}("]
    if properties:
        out[-1] += "self, *,"
        for p in ordered:
            t = types.of(properties[p], pascal(name) + "Args" + p[0].upper() + p[1:])
            t = f"{t} | Ref" if takes_refs and t != "Any" else t
            out.append(f"        {argument(p)}: {t}" + ("," if p in required else " = UNSET,"))
        out.append(f"    ) -> {returns}:")
    else:
        out[-1] += f"self) -> {returns}:" if params.get("additionalProperties") is False else f"self, **arguments: Any) -> {returns}:"
    out += method_docstring(name, m) if is_full else docstring(m["summary"], "        ")
    if not properties:
        given = "{}" if params.get("additionalProperties") is False else "arguments"
        return out + [f'        return self._call("{name}", {given})']
    out.append(f'        return self._call("{name}", {{')
    out += [f'            "{p}": {argument(p)},' for p in properties]
    return out + ["        })"]


# Class, what it says of itself, what a method returns, whether with all that the schema says, whether arguments may refer to results.
KINDS = [("Methods", "Each method, answered when it returns.", "{}", True, False),
         ("AsyncMethods", "Each method, to be awaited.", "Awaitable[{}]", False, False),
         ("BatchMethods", "Each method as a call of a batch.", "Call[{}]", False, True)]


def methods_module(schema):
    out = []
    for cls, about, returns, is_full, takes_refs in KINDS:
        types = Types(schema)
        body = [f"class {cls}:", f'    """{about}"""', "", "    def _call(self, method: str, arguments: dict[str, Any]) -> Any:",
                "        raise NotImplementedError"]
        for name, m in sorted(schema.methods.items()):
            result = pascal(name) + "Result" if m["result"].get("properties") else "dict[str, Any]"
            body += [""] + method(types, name, m, returns.format(result), is_full, takes_refs)
        out.append("\n".join(body))
        nested = types.classes
    names = sorted(set(schema.types) | {pascal(n) + "Result" for n, m in schema.methods.items() if m["result"].get("properties")})
    imports = "from .types import (\n" + "".join(f"    {n},\n" for n in names) + ")\n"
    return HEAD + "from typing import Any, Awaitable, Literal, Required, TypedDict\n\nfrom ._calls import UNSET, Call, Ref\n" + imports + "\n\n" + \
        "".join(c + "\n\n\n" for c in nested) + "\n\n\n".join(out) + "\n"


def files(schema):
    """Path in clients/ to text."""
    folder = "python/src/facteur/"
    return {folder + "types.py": types_module(schema), folder + "methods.py": methods_module(schema)}
