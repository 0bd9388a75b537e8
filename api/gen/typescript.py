"""The generated half of the TypeScript package (clients/typescript): types.ts and methods.ts."""

import json
import re

HEAD = "// Written by apigen.py from api/schema; do not edit.\n\n"
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def wrapped(text, width):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return lines + [line]


def comment(text, indent=""):
    lines = [part for paragraph in text.replace("*/", "*\\/").split("\n") for part in (wrapped(paragraph, 110) if paragraph else [""])]
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**"] + [f"{indent} * {line}".rstrip() for line in lines] + [f"{indent} */"]


def pascal(name):
    return "".join(w[0].upper() + w[1:] for w in re.split(r"[/.]", name))


def member(name):
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name) else json.dumps(name)


def type_of(node, indent=""):
    if "$ref" in node:
        return node["$ref"]
    if "anyOf" in node:
        return union([type_of(n, indent) for n in node["anyOf"]])
    if "const" in node:
        return json.dumps(node["const"])
    if "enum" in node:
        return union([json.dumps(v) for v in node["enum"]])
    types = node.get("type")
    if types is None:
        return "unknown"
    return union([one(t, node, indent) for t in ([types] if isinstance(types, str) else types)])


def union(parts):
    parts = list(dict.fromkeys(parts))
    return "unknown" if "unknown" in parts else " | ".join(parts)


def one(kind, node, indent):
    if kind in SCALARS:
        return SCALARS[kind]
    if kind == "array":
        inner = type_of(node.get("items", {}), indent)
        return f"({inner})[]" if " | " in inner else inner + "[]"
    if node.get("properties"):
        return "{\n" + "\n".join(members(node, node.get("required", []), indent + "  ")) + f"\n{indent}}}"
    additional = node.get("additionalProperties", True)
    return f"Record<string, {type_of(additional, indent) if isinstance(additional, dict) else 'unknown'}>"


def members(node, required, indent="  "):
    out = []
    for p, n in node["properties"].items():
        if "description" in n:
            out += comment(n["description"], indent)
        out.append(f"{indent}{member(p)}{'' if p in required else '?'}: {type_of(n, indent)};")
    for pattern, n in node.get("patternProperties", {}).items():
        if re.fullmatch(r"\^[\w:]+", pattern):
            out += comment(n["description"], indent) if "description" in n else []
            out.append(f"{indent}[name: `{pattern[1:]}${{string}}`]: unknown;")
    return out


def interface(name, about, node, required):
    return comment(about) + [f"export interface {name} {{"] + members(node, required) + ["}", ""]


def about_of(t):
    return t["summary"] + ("\n\n" + t["description"] if "description" in t else "")


def types_module(schema):
    out = []
    for name, t in sorted(schema.types.items()):
        if not t.get("properties"):
            out += comment(about_of(t)) + [f"export type {name} = {type_of(t)};", ""]
            continue
        required = t.get("required", [])
        if "id" in t["properties"]:  # an object of /get: what was asked for is there; ours must be asked for by name
            required = [p for p, n in t["properties"].items() if not n.get("description", "").startswith("Ours")]
        out += interface(name, about_of(t), t, required)
    return HEAD + "\n".join(out)


def params_of(name, m):
    params = m["params"]
    if params.get("properties"):
        return interface(pascal(name) + "Arguments", f"Arguments of {name}.", params, params.get("required", []))
    return [f"export type {pascal(name)}Arguments = {'Record<string, never>' if params.get('additionalProperties') is False else 'Record<string, unknown>'};", ""]


def result_of(name, m):
    result = m["result"]
    if result.get("properties"):
        return interface(pascal(name) + "Result", f"What {name} answers.", result, result.get("required", []))
    return [f"export type {pascal(name)}Result = {type_of(result)};", ""]


def methods_module(schema):
    names = "|".join(sorted(schema.types, key=len, reverse=True))
    out = []
    for name, m in sorted(schema.methods.items()):
        out += params_of(name, m) + result_of(name, m)
    out += ["/** Each method with its arguments and its result. */", "export interface Methods {"]
    for name, m in sorted(schema.methods.items()):
        errors = f"\n\nErrors: {', '.join(sorted(m['errors']))}." if m.get("errors") else ""
        out += comment(about_of(m) + errors, "  ")
        out.append(f'  "{name}": {{ params: {pascal(name)}Arguments; result: {pascal(name)}Result }};')
    out += ["}", "", "/** What a JMAP client names in `using` for each method. */", "export const capabilities: Record<keyof Methods, string> = {"]
    out += [f'  "{name}": "{m["capability"]}",' for name, m in sorted(schema.methods.items())]
    out += ["};", ""]
    for name, e in sorted(schema.events.items()):
        out += interface(pascal(name), e["summary"], e["params"], e["params"].get("required", []))
    out += ["/** Each notification of the Unix socket with its content. */", "export interface Notifications {"]
    out += [f'  "{name}": {pascal(name)};' for name in sorted(schema.events)] + ["}", ""]
    body = "\n".join(out)
    used = sorted(set(re.findall(rf"(?<![\w\"])(?:{names})(?![\w\"/])", re.sub(r"/\*\*.*?\*/", "", body, flags=re.S))))
    defined = {pascal(n) + kind for n in schema.methods for kind in ("Arguments", "Result")} | {pascal(n) for n in schema.events}
    imports = "import type {\n" + "".join(f"  {n},\n" for n in used if n not in defined) + '} from "./types.js";\n\n'
    return HEAD + imports + body


def files(schema):
    """Path in clients/ to text."""
    folder = "typescript/src/"
    return {folder + "types.ts": types_module(schema), folder + "methods.ts": methods_module(schema)}
