"""The reference pages."""

import json

from names import write_if_changed


def type_text(node):
    if "$ref" in node:
        return f"[{node['$ref']}](types.md#{node['$ref'].lower()})"
    if "anyOf" in node:
        return " or ".join(type_text(n) for n in node["anyOf"])
    if "enum" in node:
        return " \\| ".join(f'`"{v}"`' if v is not None else "null" for v in node["enum"])
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    types = node.get("type")
    if types is None:
        return "any"
    types = [types] if isinstance(types, str) else types
    return " or ".join(one_type_text(t, node) for t in types)


def one_type_text(t, node):
    if t == "array" and "items" in node:
        return type_text(node["items"]) + "[]"
    if t == "object" and isinstance(node.get("additionalProperties"), dict):
        return "map of " + type_text(node["additionalProperties"])
    return t


def property_rows(node, depth=0):
    for name, p in node.get("properties", {}).items():
        notes = []
        if name in node.get("required", []) and depth >= 0:
            notes.append("required")
        if "default" in p:
            notes.append(f"default {json.dumps(p['default'])}")
        about = p.get("description", "")
        if notes:
            about = f"({', '.join(notes)}) {about}".strip()
        yield f"| {'&nbsp;&nbsp;' * max(depth, 0)}`{name}` | {type_text(p)} | {about} |"
        inner = p.get("items", p) if "$ref" not in p.get("items", {}) else {}
        if inner.get("properties"):
            yield from property_rows({**inner, "required": []}, max(depth, 0) + 1)


def table_text(node, required=True):
    rows = list(property_rows(node if required else {**node, "required": []}))
    return "\n".join(["| name | type | |", "| --- | --- | --- |"] + rows) + "\n" if rows else "none\n"


def method_page(name, m):
    out = [f"# {name}", "", m["summary"], ""]
    if "description" in m:
        out += [m["description"], ""]
    out += [f"Since level {m['since']}.", "", "## Arguments", "", table_text(m["params"]), "## Result", "", table_text(m["result"], False)]
    if m.get("errors"):
        out += ["## Errors", "", "| type | |", "| --- | --- |"] + [f"| `{t}` | {d} |" for t, d in m["errors"].items()] + [""]
    return "\n".join(out)


def write_docs(schema, folder):
    folder.mkdir(parents=True, exist_ok=True)
    index = ["# The API", "", "Written from `api/schema/`. Every method, type and notification; the same as `rpc.discover` answers.", "", "## Methods", ""]
    for name, m in sorted(schema.methods.items()):
        page = name.replace("/", ".") + ".md"
        index.append(f"- [{name}]({page}): {m['summary']}")
        write_if_changed(folder / page, method_page(name, m))
    index += ["", "## Notifications", ""]
    for name, e in sorted(schema.events.items()):
        index += [f"### {name}", "", e["summary"], "", table_text(e["params"])]
    types = ["# Types", ""]
    for name, t in sorted(schema.types.items()):
        types += [f"## {name}", "", t["summary"], ""]
        if "description" in t:
            types += [t["description"], ""]
        if t.get("properties"):
            types += [table_text(t, False)]
    write_if_changed(folder / "types.md", "\n".join(types))
    write_if_changed(folder / "index.md", "\n".join(index) + "\n")
