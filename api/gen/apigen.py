#!/usr/bin/env python3
"""Turns api/schema/ into what is built of it. The only generator; standard library only.

    apigen.py --schema api/schema --out BUILD/api build     openrpc.json, C tables and decoders
    apigen.py --schema api/schema clients DIR               the generated parts of the packages in clients/, into that folder
    apigen.py --schema api/schema docs DIR                  the reference pages (docs/api), with the examples of api/examples
    apigen.py --schema api/schema level                     prints the level file of the present schema
    apigen.py --schema api/schema check-level FILE          fails where the schema breaks a promise of that level

A schema file is JSON Schema with one liberty: {"$ref": "Name"} means types/Name.json. Beside a $ref only a description
may stand. The C tables know type, enum, bounds, items, properties, required, additionalProperties, and anyOf of a
schema and null; anything else in the params of a method is an error here, so that no check is silently missing.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import c_bridge
import c_client
import pages
import python_client
import typescript
from names import snake, write_if_changed

TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
RUNS = {"reader": "API_RUNS_ON_READER", "writer": "API_RUNS_ON_WRITER", "fiber": "API_RUNS_IN_FIBER"}
# What somebody may do who does not own the profile; the least that a method asks for (some of them ask for more, by what they are told to do).
SCOPES = {"read": "API_SCOPE_READ", "triage": "API_SCOPE_TRIAGE", "draft": "API_SCOPE_DRAFT", "send": "API_SCOPE_SEND", "admin": "API_SCOPE_ADMIN"}
# "scope" is one of them, a list of which any will do, or "none". "whole": true: it concerns the whole profile, and needs all accounts.
# "audit": true: a token's calls are written down, as those of methods with "changes": true are.
JMAP = "urn:ietf:params:jmap:"
CAPABILITIES = {JMAP + n for n in ("core", "mail", "submission", "vacationresponse", "quota", "mdn", "blob", "webpush-vapid")} | {"urn:facteur:core"}
INT64_MIN, INT64_MAX = "INT64_MIN", "INT64_MAX"
MAX_INT = 2**53 - 1
OPENRPC_REF = "#/components/schemas/"


class SchemaError(Exception):
    pass


# ---- reading -----------------------------------------------------------------------------------------------------


def read_folder(folder):
    """Name to content of each file; "Email.query.json" is "Email/query", "rpc.discover.json" stays as it is."""
    out = {}
    for path in sorted(folder.glob("*.json")):
        try:
            out[name_of(path)] = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=refuse_duplicates)
        except (ValueError, SchemaError) as e:
            raise SchemaError(f"{path}: {e}") from None
    return out


def name_of(path):
    stem = path.stem
    return stem if stem.startswith("rpc.") else stem.replace(".", "/", 1)


def refuse_duplicates(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise SchemaError("a name stands twice in one object")
    return out


# What every method takes that says "changes": true.
IDEMPOTENCY_KEY = {
    "type": ["string", "null"], "minLength": 1, "maxLength": 255,
    "description": "Of the caller's choice, for one call: made again with the same key, in the week after, it is not carried out again but "
                   "answered as it was. A key used for another call: idempotencyKeyReused. When facteurd ended in the middle: outcomeUnknown.",
}


def scopes_of(m):
    return [] if m["scope"] == "none" else m["scope"] if isinstance(m["scope"], list) else [m["scope"]]


class Schema:
    def __init__(self, root):
        self.types = read_folder(root / "types")
        self.methods = read_folder(root / "methods")
        self.events = read_folder(root / "events")
        self.errors = json.loads((root / "errors.json").read_text(encoding="utf-8"))      # type to what it means everywhere, and what to do
        self.set_errors = json.loads((root / "setErrors.json").read_text(encoding="utf-8"))  # the same of SetErrors, of single objects
        self.subjects = json.loads((root / "subjects.json").read_text(encoding="utf-8"))  # the methods in the order in which one meets them
        self.check()
        for m in self.methods.values():
            if m.get("changes"):
                m["params"]["properties"]["idempotencyKey"] = IDEMPOTENCY_KEY

    def check(self):
        for name, m in self.methods.items():
            for key in ("summary", "since", "source", "capability", "scope", "runs", "params", "result"):
                if key not in m:
                    raise SchemaError(f"{name}: {key} is missing")
            if m["runs"] not in RUNS:
                raise SchemaError(f"{name}: runs is {m['runs']}")
            if not set(scopes_of(m)) <= set(SCOPES):
                raise SchemaError(f"{name}: scope is {m['scope']}")
            if m["capability"] not in CAPABILITIES:
                raise SchemaError(f"{name}: capability is {m['capability']}")
            if set(m.get("errors", {})) - set(self.errors):
                raise SchemaError(f"{name}: errors.json does not say what to do about {', '.join(sorted(set(m['errors']) - set(self.errors)))}")
            if set(m.get("setErrors", [])) - set(self.set_errors):
                raise SchemaError(f"{name}: setErrors.json does not say what to do about {', '.join(sorted(set(m['setErrors']) - set(self.set_errors)))}")
            self.check_told(f"{name} params", m["params"])
            self.check_told(f"{name} result", m["result"])
            self.check_refs(name, m["params"])
            self.check_refs(name, m["result"])
        for name, t in list(self.types.items()) + list(self.events.items()):
            if "summary" not in t:
                raise SchemaError(f"{name}: summary is missing")
            self.check_told(name, t.get("params", t))
            self.check_refs(name, t)

        told = [n for s in self.subjects for n in s["methods"]]
        if sorted(told) != sorted(self.methods):
            raise SchemaError(f"subjects.json: {', '.join(sorted(set(told) ^ set(self.methods)))} must stand there once")

    def read_examples(self, root):
        self.examples = {n: e for n, e in read_folder(root).items() if n != "profile"}
        self.profile = json.loads((root / "profile.json").read_text(encoding="utf-8"))

    def check_told(self, where, node):
        """Each property says what it is, for the pages and for the packages' types."""
        if not isinstance(node, dict):
            return
        for name, p in node.get("properties", {}).items():
            if "description" not in p and "$ref" not in p:
                raise SchemaError(f"{where}.{name}: has no description")
            self.check_told(f"{where}.{name}", p)
        for inner in [node.get("items"), node.get("additionalProperties"), *node.get("anyOf", [])]:
            self.check_told(where, inner)

    def check_refs(self, where, node):
        if isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str):
                if ref not in self.types:
                    raise SchemaError(f"{where}: there is no type {ref}")
                if set(node) - {"$ref", "description"}:
                    raise SchemaError(f"{where}: beside $ref {ref} only a description may stand")
            for v in node.values():
                self.check_refs(where, v)
        elif isinstance(node, list):
            for v in node:
                self.check_refs(where, v)

    def resolve(self, node):
        """A node with the reference at its top followed."""
        while "$ref" in node:
            node = self.types[node["$ref"]]
        return node


# ---- OpenRPC -----------------------------------------------------------------------------------------------------


def absolute_refs(node):
    if isinstance(node, dict):
        return {k: OPENRPC_REF + v if k == "$ref" and isinstance(v, str) else absolute_refs(v) for k, v in node.items()}
    if isinstance(node, list):
        return [absolute_refs(v) for v in node]
    return node


def openrpc_params(method):
    params = method["params"]
    required = params.get("required", [])
    for name, p in params.get("properties", {}).items():
        entry = {"name": name, "required": name in required, "schema": absolute_refs(p)}
        if "description" in p:
            entry["description"] = p["description"]
        yield entry


def openrpc_method(name, m):
    out = {"name": name, "summary": m["summary"]}
    if "description" in m:
        out["description"] = m["description"]
    out["paramStructure"] = "by-name"
    out["params"] = sorted(openrpc_params(m), key=lambda p: not p["required"])
    out["result"] = {"name": "result", "schema": absolute_refs(m["result"])}
    out["errors"] = [{"code": -32000, "message": t, "data": {"type": t, "description": d}} for t, d in m.get("errors", {}).items()]
    if "setErrors" in m:
        out["x-setErrors"] = m["setErrors"]
    out["x-since"] = m["since"]
    out["x-runs"] = m["runs"]
    out["x-capability"] = m["capability"]
    out["x-scope"] = m["scope"]
    if m.get("whole"):
        out["x-whole"] = True
    return out


def openrpc(schema, version):
    return {
        "openrpc": "1.2.6",
        "info": {"title": "Facteur", "version": version, "license": {"name": "MIT"}},
        "methods": [openrpc_method(n, m) for n, m in sorted(schema.methods.items())],
        "components": {"schemas": {n: absolute_refs(t) for n, t in schema.types.items()}},
        "x-events": {n: absolute_refs(e) for n, e in schema.events.items()},
    }


# ---- C -----------------------------------------------------------------------------------------------------------


def c_string(text):
    out = []
    for b in text.encode("utf-8"):
        if b in b'"\\':
            out.append("\\" + chr(b))
        elif b == 10:
            out.append("\\n")
        elif b < 32 or b > 126 or b == ord("?"):
            out.append(f"\\{b:03o}")
        else:
            out.append(chr(b))
    return '"' + "".join(out) + '"'


class NodeTable:
    """The schema_node tables: each different node once."""

    KNOWN = {"type", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
             "maxProperties", "items", "properties", "required", "additionalProperties", "description", "default", "summary", "anyOf"}

    def __init__(self, schema):
        self.schema = schema
        self.names = {}    # canonical text of a node -> its C name
        self.declared = []
        self.text = []

    def name(self, where, node, may_be_null=False):
        node, may_be_null = self.strip(where, node, may_be_null)
        key = json.dumps([node, may_be_null], sort_keys=True)
        if key not in self.names:
            name = self.names[key] = f"node_{len(self.names)}"
            self.declared.append(f"static const struct schema_node {name};")
            self.text.append(self.define(where, name, node, may_be_null))
        return self.names[key]

    def strip(self, where, node, may_be_null):
        """References and `anyOf null` at the top resolved, descriptions dropped."""
        while True:
            node = self.schema.resolve(node)
            if "anyOf" not in node:
                break
            others = [n for n in node["anyOf"] if n.get("type") != "null"]
            if len(others) != 1 or len(others) == len(node["anyOf"]):
                raise SchemaError(f"{where}: the C tables know anyOf of a schema and null only")
            node, may_be_null = others[0], True
        unknown = set(node) - self.KNOWN
        if unknown:
            raise SchemaError(f"{where}: the C tables do not know {', '.join(sorted(unknown))}")
        return {k: v for k, v in node.items() if k not in ("description", "summary", "default")}, may_be_null

    def type_mask(self, where, node, may_be_null):
        types = node.get("type", [])
        types = [types] if isinstance(types, str) else list(types)
        if not types and "enum" in node:
            types = ["string"]
        if not types:
            return "0"
        if may_be_null and "null" not in types:
            types.append("null")
        for t in types:
            if t not in TYPES:
                raise SchemaError(f"{where}: type {t}")
        return " | ".join("SCHEMA_" + t.upper() for t in types)

    def bounds(self, where, node):
        found = [k for k in ("minimum", "minLength", "minItems", "minProperties") if k in node]
        ceilings = [k for k in ("maximum", "maxLength", "maxItems", "maxProperties") if k in node]
        if len(found) > 1 or len(ceilings) > 1:
            raise SchemaError(f"{where}: one pair of bounds a node")
        kind = node.get("type", [])
        is_int = "integer" in ([kind] if isinstance(kind, str) else kind)  # Int of RFC 8620 section 1.3
        low, high = (str(-MAX_INT), str(MAX_INT)) if is_int else (INT64_MIN, INT64_MAX)
        return (str(node[found[0]]) if found else low), (str(node[ceilings[0]]) if ceilings else high)

    def define(self, where, name, node, may_be_null):
        low, high = self.bounds(where, node)
        members = [f".types = {self.type_mask(where, node, may_be_null)}", f".min = {low}", f".max = {high}"]
        before = []
        values = node.get("enum") or ([node["const"]] if isinstance(node.get("const"), str) else None)
        if values:
            before.append(f"static const char *const {name}_values[] = {{{', '.join(c_string(v) for v in values if v is not None)}, NULL}};")
            members.append(f".values = {name}_values")
        if "items" in node:
            members.append(f".items = &{self.name(where + '[]', node['items'])}")
        if node.get("properties"):
            rows = [self.property_row(where, node, p) for p in node["properties"]]
            before.append(f"static const struct schema_property {name}_properties[] = {{\n" + "".join(rows) + "};")
            members.append(f".properties = {name}_properties, .n_properties = {len(rows)}")
        additional = node.get("additionalProperties", True)
        if additional is False:
            members.append(".is_closed = true")
        elif isinstance(additional, dict):
            members.append(f".additional = &{self.name(where + '.*', additional)}")
        return "\n".join(before + [f"static const struct schema_node {name} = {{{', '.join(members)}}};"])

    def property_row(self, where, node, p):
        required = "true" if p in node.get("required", []) else "false"
        return f"    {{{c_string(p)}, {required}, &{self.name(f'{where}.{p}', node['properties'][p])}}},\n"


def arg_of(schema, where, node):
    """(C type, enum arg_kind, default) of an argument."""
    default = node.get("default")
    nullable = False
    node = schema.resolve(node)
    if "anyOf" in node:
        node, nullable = schema.resolve([n for n in node["anyOf"] if n.get("type") != "null"][0]), True
    types = node.get("type", "string" if "enum" in node else [])
    types = [types] if isinstance(types, str) else types
    nullable = nullable or "null" in types
    kinds = [t for t in types if t != "null"]
    if kinds == ["string"]:
        return "const char *", "ARG_STRING", "0"
    if kinds == ["boolean"]:
        return "bool ", "ARG_BOOLEAN", "1" if default else "0"
    if kinds == ["integer"]:
        return "int64_t ", "ARG_INTEGER", str(default if default is not None else -1 if nullable else 0)
    return "json_t *", "ARG_JSON", "0"


def c_header(schema):
    out = ["/* Written by apigen.py from api/schema. Arguments of each method and the function that answers it. */",
           "#ifndef API_METHODS_GENERATED_H", "#define API_METHODS_GENERATED_H", "", '#include "dispatch.h"', ""]
    for name, m in sorted(schema.methods.items()):
        c = snake(name)
        out.append(f"/* {name}: {m['summary']} */")
        props = m["params"].get("properties", {})
        if props:
            out.append(f"struct api_{c}_args {{")
            for p, node in props.items():
                out.append(f"    {arg_of(schema, name, node)[0]}{snake(p)};")
            out.append("};")
            out.append(f"int api_{c}(struct api_call *call, const struct api_{c}_args *args, json_t **out, struct fct_error *err);")
        else:
            out.append(f"int api_{c}(struct api_call *call, json_t *params, json_t **out, struct fct_error *err);")
        out.append("")
    out += ["/* By name, ascending. */", "extern const struct api_method api_methods[];", "extern const size_t api_n_methods;",
            "/* The OpenRPC document, JSON text. */", "extern const char api_openrpc[];", "extern const size_t api_openrpc_size;", "", "#endif", ""]
    return "\n".join(out)


def c_call(schema, name, m):
    c = snake(name)
    props = m["params"].get("properties", {})
    if not props:
        return [], f"api_{c}"
    lines = [f"static const struct arg_field fields_{c}[] = {{"]
    for p, node in props.items():
        _, kind, otherwise = arg_of(schema, name, node)
        lines.append(f"    {{{c_string(p)}, {kind}, offsetof(struct api_{c}_args, {snake(p)}), {otherwise}}},")
    lines += ["};",
              f"static int call_{c}(struct api_call *call, json_t *params, json_t **out, struct fct_error *err)", "{",
              f"    struct api_{c}_args args;",
              f"    args_decode(fields_{c}, {len(props)}, params, &args);",
              f"    return api_{c}(call, &args, out, err);", "}", ""]
    return lines, f"call_{c}"


def c_source(schema):
    table = NodeTable(schema)
    rows, calls = [], []
    for name, m in sorted(schema.methods.items()):
        node = table.name(name, m["params"])
        lines, function = c_call(schema, name, m)
        calls += lines
        changes = "true" if m.get("changes") else "false"
        scope = " | ".join(SCOPES[s] for s in scopes_of(m)) or "0"
        whole = "true" if m.get("whole") else "false"
        audited = "true" if m.get("audit", m.get("changes")) else "false"
        rows.append(f"    {{{c_string(name)}, {RUNS[m['runs']]}, &{node}, {function}, {changes}, {c_string(m['capability'])}, {scope}, {whole}, {audited}}},")
    out = ["/* Written by apigen.py from api/schema. */", '#include "api_methods.h"', '#include "check.h"', "", "#include <stddef.h>", ""]
    out += table.declared + [""] + table.text + [""] + calls
    out += ["const struct api_method api_methods[] = {"] + rows + ["};", f"const size_t api_n_methods = {len(rows)};", ""]
    return "\n".join(out)


def c_document(text):
    """The document as a string literal, cut into pieces of a readable length."""
    pieces = [text[i:i + 100] for i in range(0, len(text), 100)]
    return "\n".join(['/* Written by apigen.py from api/schema. */', '#include "api_methods.h"', "",
                      "const char api_openrpc[] ="] + ["    " + c_string(p) for p in pieces]) + \
        ";\nconst size_t api_openrpc_size = sizeof(api_openrpc) - 1;\n"


# ---- levels ------------------------------------------------------------------------------------------------------


def without_words(node):
    """A schema without what may change freely: descriptions and summaries."""
    if isinstance(node, dict):
        return {k: (without_words(v) if k not in ("properties", "errors") else
                    {n: without_words(x) for n, x in v.items()} if k == "properties" else sorted(v))
                for k, v in node.items() if k not in ("summary", "description")}
    if isinstance(node, list):
        return [without_words(v) for v in node]
    return node


def level(schema):
    return {"methods": {n: {k: without_words(m[k]) for k in ("since", "params", "result")} | {"errors": sorted(m.get("errors", {}))} |
                           ({"setErrors": sorted(m["setErrors"])} if "setErrors" in m else {})
                        for n, m in sorted(schema.methods.items())},
            "types": {n: without_words(t) for n, t in sorted(schema.types.items())},
            "events": {n: without_words(e) for n, e in sorted(schema.events.items())}}


def level_text(content):
    """One line a method, type or event, so that a difference shows where it is."""
    kinds = []
    for kind, members in content.items():
        rows = [f"  {json.dumps(n)}: {json.dumps(v, ensure_ascii=False, sort_keys=True)}" for n, v in members.items()]
        kinds.append(f"{json.dumps(kind)}: {{\n" + ",\n".join(rows) + "\n}")
    return "{" + ",\n".join(kinds) + "}"


def as_set(types):
    return set([types] if isinstance(types, str) else types or [])


def breaks(where, old, new, is_params):
    """What a client of the old schema would stumble over. Arguments may only widen, results may only gain properties."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    for key in ("$ref", "const"):
        if old.get(key) != new.get(key):
            yield f"{where}: {key} was {old.get(key)}, is {new.get(key)}"
    a, b = as_set(old.get("type")), as_set(new.get("type"))
    if a != b and ((is_params and not b >= a and b) or (not is_params and (not a >= b or not b) and a)):
        yield f"{where}: type was {sorted(a)}, is {sorted(b)}"
    if is_params and set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{where}: {sorted(set(new['required']) - set(old.get('required', [])))} became required"
    if not is_params and set(old.get("required", [])) - set(new.get("required", [])):
        yield f"{where}: {sorted(set(old['required']) - set(new.get('required', [])))} may be missing now"
    if is_params and set(old.get("enum", [])) - set(new.get("enum", [])):
        yield f"{where}: {sorted(set(old['enum']) - set(new.get('enum', [])))} is refused now"
    if is_params and "enum" in new and "enum" not in old:
        yield f"{where}: became a choice"
    for name, p in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{where}.{name}: is gone"
        else:
            yield from breaks(f"{where}.{name}", p, new["properties"][name], is_params)
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), dict):
            yield from breaks(f"{where}.{key}", old[key], new.get(key, {}), is_params)


def level_breaks(old, new):
    for name, m in old["methods"].items():
        if name not in new["methods"]:
            yield f"{name}: is gone"
            continue
        n = new["methods"][name]
        yield from breaks(f"{name} params", m["params"], n["params"], True)
        yield from breaks(f"{name} result", m["result"], n["result"], False)
        for e in sorted(set(m["errors"]) - set(n["errors"])):
            yield f"{name}: error {e} is gone"
        for e in sorted(set(m.get("setErrors", [])) - set(n.get("setErrors", []))):
            yield f"{name}: error {e} of single objects is gone"
    for kind in ("types", "events"):
        for name, t in old[kind].items():
            if name not in new[kind]:
                yield f"{name}: is gone"
            else:
                yield from breaks(name, t, new[kind][name], False)


# ---- the program -------------------------------------------------------------------------------------------------


def build(schema, out, version):
    out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(openrpc(schema, version), ensure_ascii=False, separators=(",", ":"))
    write_if_changed(out / "openrpc.json", document + "\n")
    write_if_changed(out / "api_methods.h", c_header(schema))
    write_if_changed(out / "api_methods.c", c_source(schema))
    write_if_changed(out / "api_openrpc.c", c_document(document))
    write_if_changed(out / "include" / "facteur" / "methods.h", c_client.methods_header(schema))
    write_if_changed(out / "api_bridge.h", c_bridge.header())
    write_if_changed(out / "api_bridge.c", c_bridge.source(schema))
    (out / "stamp").write_text("")


def main():
    p = argparse.ArgumentParser(description="Generates what is built from api/schema.")
    p.add_argument("--schema", type=Path, required=True)
    p.add_argument("--out", type=Path)
    p.add_argument("--version", default="0")
    p.add_argument("command", choices=["build", "clients", "docs", "level", "check-level"])
    p.add_argument("file", type=Path, nargs="?")
    a = p.parse_args()
    try:
        schema = Schema(a.schema)
        if a.command == "build":
            build(schema, a.out, a.version)
        elif a.command == "clients":
            for path, text in {**python_client.files(schema), **typescript.files(schema)}.items():
                write_if_changed(a.file / path, text)
        elif a.command == "docs":
            schema.read_examples(a.schema.parent / "examples")
            pages.write_docs(schema, a.file)
        elif a.command == "level":
            print(level_text(level(schema)))
        else:
            found = list(level_breaks(json.loads(a.file.read_text(encoding="utf-8")), level(schema)))
            print("\n".join(found) if found else "kept")
            return 1 if found else 0
    except SchemaError as e:
        print(f"apigen: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
