"""The reference pages, docs/api: of the schema, and of the examples that were run (api/examples)."""

import json
import re

from c_bridge import SIGNS_IN
from names import write_if_changed

RFC = re.compile(r"RFC (\d{4,5})(?: section (\d+(?:\.\d+)*))?")
CAPABILITY_OWN = "urn:facteur:core"
SCOPES = {"none": "none: anybody who is connected", "read": "`read`", "triage": "`triage`", "draft": "`draft`", "send": "`send`", "admin": "`admin`"}
# What may come of any call, whatever it does; see errors.md.
ANY = ["invalidArguments", "invalidResultReference", "forbidden", "requestTooLarge", "serverFail"]
CHANGING = ["idempotencyKeyReused", "outcomeUnknown"]


def rfc_links(text):
    """RFC 8621 section 4.4, as a link."""
    def link(m):
        return f"[{m[0]}](https://www.rfc-editor.org/rfc/rfc{m[1]}{f'#section-{m[2]}' if m[2] else ''})"
    return RFC.sub(link, text)


def without_rfcs(text):
    return re.sub(r" \((?:RFC \d+[^()]*)\)", "", text)


def page_name(name):
    return name.replace("/", ".") + ".md"


def anchor(heading):
    """As forges make it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


# ---- types ---------------------------------------------------------------------------------------------------------


def type_text(node):
    if "$ref" in node:
        return f"[{node['$ref']}](types.md#{node['$ref'].lower()})"
    if "anyOf" in node:
        return " or ".join(type_text(n) for n in node["anyOf"])
    if "enum" in node:
        return " or ".join(f'`"{v}"`' if v is not None else "null" for v in node["enum"])
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    types = node.get("type")
    if types is None:
        return "any"
    types = [types] if isinstance(types, str) else types
    return " or ".join(one_type_text(t, node) for t in types)


def one_type_text(t, node):
    if t == "array" and "items" in node:
        return "array of " + inner_type_text(node["items"])
    if t == "object" and isinstance(node.get("additionalProperties"), dict):
        return "map to " + inner_type_text(node["additionalProperties"])
    return t


def inner_type_text(node):
    text = type_text(node)
    return f"({text})" if " or " in text else text


UNITS = {"minLength": "characters", "maxLength": "characters", "minItems": "elements", "maxItems": "elements", "minProperties": "members", "maxProperties": "members",
         "minimum": "", "maximum": ""}


def bounds_text(node):
    """What JSON Schema says of a value, for people."""
    found = []
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties")):
        a, b, unit = node.get(low), node.get(high), UNITS[low]
        if a is not None and b is not None:
            found.append(f"{a:,} to {b:,} {unit}".strip())
        elif a is not None:
            found.append(f"at least {a:,} {unit}".strip())
        elif b is not None:
            found.append(f"at most {b:,} {unit}".strip())
    return "; ".join(found)


def inner_of(node):
    """The properties that a value has itself, or in its elements, members or all but null; not those of a named type."""
    for candidate in [node, node.get("items"), node.get("additionalProperties"), *node.get("anyOf", [])]:
        if isinstance(candidate, dict) and candidate.get("properties"):
            return candidate
    return None


def property_rows(schema, node, is_params, depth=0):
    for name, p in node.get("properties", {}).items():
        default = "required" if name in node.get("required", []) and is_params else f"`{json.dumps(p['default'], ensure_ascii=False)}`" if "default" in p else ""
        about = p.get("description") or (schema.types[p["$ref"]]["summary"] if "$ref" in p else "")
        row = [f"{'&nbsp;' * 4 * depth}`{name}`", type_text(p), bounds_text(p), about]
        if is_params:
            row.insert(2, default)
        yield "| " + " | ".join(cell(c) for c in row) + " |"
        inner = inner_of(p)
        if inner:
            yield from property_rows(schema, inner, is_params, depth + 1)


def table_text(schema, node, is_params):
    rows = list(property_rows(schema, node, is_params))
    if not rows:
        return "None.\n" if is_params else "Whatever came in.\n" if node.get("additionalProperties", True) else "None.\n"
    head = ["name", "type", "default", "bounds", "meaning"] if is_params else ["name", "type", "bounds", "meaning"]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)] + rows) + "\n"


# ---- a method ------------------------------------------------------------------------------------------------------


def facts(name, m):
    scopes = m["scope"] if isinstance(m["scope"], list) else [m["scope"]]
    scope = " or ".join(SCOPES[s] for s in scopes) + (", and all accounts" if m.get("whole") else "")
    rows = [("Capability", f"`{m['capability']}`"), ("Scope", f"{scope} ([access.md](../access.md))"),
            ("Source", rfc_links(m["source"]) if m["source"] else "Facteur's own: no RFC has it"),
            ("Where", "on the Unix socket only: facteur-bridge does not pass it on" if m.get("socketOnly") or name in SIGNS_IN else "on the Unix socket, and over JMAP"),
            ("Since", f"level {m['since']} of the API")]
    if m.get("changes"):
        rows.append(("Twice", "with an `idempotencyKey` it is carried out once, however often it is called"))
    return "\n".join(["| | |", "| --- | --- |"] + [f"| {a} | {b} |" for a, b in rows]) + "\n"


def errors_text(schema, m):
    rows = [f"| [`{t}`](errors.md#{t.lower()}) | {cell(d)} | {cell(schema.errors[t]['do'])} |" for t, d in m.get("errors", {}).items()]
    table = ["| type | when | what to do |", "| --- | --- | --- |"] + rows + [""] if rows else []
    any_call = [t for t in ANY + (CHANGING if m.get("changes") else []) if t not in m.get("errors", {})]
    single = [f"| [`{t}`](errors.md#of-one-object-{t.lower()}) | {cell(schema.set_errors[t]['means'])} | {cell(schema.set_errors[t]['do'])} |" for t in sorted(m.get("setErrors", []))]
    of_one = ["Of single objects, as [SetError](types.md#seterror); the call itself succeeds:", "", "| type | when | what to do |", "| --- | --- | --- |"] + single + [""] if single else []
    return "\n".join(table + of_one + ["Of any call: " + ", ".join(f"[`{t}`](errors.md#{t.lower()})" for t in any_call) + ".", ""])


def shortened(value, cuts):
    """A copy in which "…" stands where something was cut."""
    value = json.loads(json.dumps(value))
    for path in cuts:
        node = value
        for name in path.strip("/").split("/"):
            node = node[name]
        if isinstance(node, list):
            node.append("…")
        else:
            node["…"] = "…"
    return value


def json_block(value):
    return "\n".join(["```json", json_text(value), "```", ""])


def json_text(value, indent=0, width=120):
    """JSON as a person would write it: what fits stands on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= width or not isinstance(value, (dict, list)) or not value:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, list):
        parts = [pad + json_text(v, indent + 2, width) for v in value]
    else:
        parts = [f"{pad}{json.dumps(k, ensure_ascii=False)}: {json_text(v, indent + 2, width)}" for k, v in value.items()]
    return ("[" if isinstance(value, list) else "{") + "\n" + ",\n".join(parts) + "\n" + " " * indent + ("]" if isinstance(value, list) else "}")


def shell_text(name, params):
    if not params:
        return f"facteur rpc {name}"
    return f"facteur rpc {name} '" + json.dumps(params, ensure_ascii=False).replace("'", "'\\''") + "'"


def example_text(name, example):
    request = {"jsonrpc": "2.0", "id": 1, "method": name, "params": example["params"]}
    answer = {"jsonrpc": "2.0", "id": 1, "result": shortened(example["answer"], example.get("cut", {}))}
    out = [example["about"], "", json_block(request), "is answered with" + (" (shortened)" if example.get("cut") else ""), "", json_block(answer)]
    if "then" in example:
        out += ["and then told of with", "", json_block({"jsonrpc": "2.0", **example["then"]["notification"]})]
    if not ({"reads", "writes"} & set(example)) and name not in ("Blob/begin", "Push/subscribe", "Core/createdIds"):
        out += ["In a terminal:", "", "```sh", shell_text(name, example["params"]), "```", ""]
    return "\n".join(out)


def method_page(schema, name, subject):
    m = schema.methods[name]
    out = [f"# {name}", "", rfc_links(m["summary"]), ""]
    if "description" in m:
        out += [rfc_links(m["description"]), ""]
    out += [facts(name, m), "## Arguments", "", table_text(schema, m["params"], True), "## Result", "", table_text(schema, schema.resolve(m["result"]), False),
            "## Errors", "", errors_text(schema, m)]
    if name in schema.examples:
        out += ["## Example", "", example_text(name, schema.examples[name])]
    others = [f"[{o}]({page_name(o)})" for o in subject["methods"] if o != name]
    out += [f"See also [{subject['title']}](README.md#{anchor(subject['title'])}): " + ", ".join(others) + ".", ""]
    return "\n".join(out)


# ---- the other pages -----------------------------------------------------------------------------------------------


def types_page(schema):
    out = ["# Types", "", "What arguments and results are made of. *Set by the core*: it cannot be given. *Ours*: JMAP does not have it.", ""]
    for name, t in sorted(schema.types.items()):
        out += [f"## {name}", "", rfc_links(t["summary"]), ""]
        if "description" in t:
            out += [rfc_links(t["description"]), ""]
        if t.get("properties"):
            out += [table_text(schema, t, False)]
        else:
            bounds = bounds_text(t)
            out += [f"JSON: {type_text(t)}{', ' + bounds if bounds else ''}.", ""]
    return "\n".join(out)


def events_page(schema):
    out = ["# Notifications", "", "What comes by itself over a connection that has called [Push/subscribe](Push.subscribe.md): JSON-RPC requests without an `id`.", ""]
    for name, e in sorted(schema.events.items()):
        out += [f"## {name}", "", rfc_links(e["summary"]), "", table_text(schema, e["params"], False)]
    return "\n".join(out)


def errors_page(schema):
    out = ["# Errors", "", "A call that fails is answered with an `error`: `code`, `message`, and `data` with `type`, `description` (for people), `retry`, `requiresUserAction`, and "
           "sometimes `retryAfterMs` (milliseconds), `properties`, `accountId`, `server` (its own words). A program decides by `type` and `retry`:", "",
           "| `retry` | |", "| --- | --- |", "| `now` | again at once |", "| `later` | again after `retryAfterMs`, or after a while |", "| `never` | not again as it is |", "",
           "| `code` | |", "| --- | --- |", "| -32700 | no JSON: the connection is at its end |", "| -32600 | no JSON-RPC |",
           "| -32601 | no such method: [rpc.discover](rpc.discover.md) says which there are |", "| -32602 | `invalidArguments` |", "| -32603 | `serverFail` |",
           "| -32000 | everything else: see `type` |", "",
           "In `/set` and its like each object has an error of its own, a [SetError](types.md#seterror) in `notCreated`, `notUpdated`, `notDestroyed` and their like; the call itself succeeds. "
           "These are [further below](#of-one-object-" + sorted(schema.set_errors)[0].lower() + ").", ""]
    by_type, by_set_type = {}, {}
    for name, m in sorted(schema.methods.items()):
        for t in m.get("errors", {}):
            by_type.setdefault(t, []).append(name)
        for t in m.get("setErrors", []):
            by_set_type.setdefault(t, []).append(name)
    for t, e in sorted(schema.errors.items()):
        out += [f"## {t}", "", e["means"], "", f"What to do: {e['do'][0].lower() + e['do'][1:]}", ""]
        if e["source"]:
            out += [f"Source: {rfc_links(e['source'])}.", ""]
        of = [f"[{n}]({page_name(n)})" for n in by_type.get(t, [])]
        if t in ANY:
            out += ["Of any call.", ""]
        elif t in CHANGING:
            out += ["Of any call with an `idempotencyKey`.", ""]
        elif of:
            out += ["Of " + ", ".join(of) + ".", ""]
    for t, e in sorted(schema.set_errors.items()):
        source = [f"Source: {rfc_links(e['source'])}.", ""] if e["source"] else []
        out += [f"## Of one object: {t}", "", e["means"], "", f"What to do: {e['do'][0].lower() + e['do'][1:]}", "", *source,
                "Of " + ", ".join(f"[{n}]({page_name(n)})" for n in by_set_type[t]) + ".", ""]
    return "\n".join(out)


def index_page(schema):
    out = ["# The API", "",
           "All that a client of Facteur can do, in the order in which one needs it. Begin with [your first program](../first-program.md).", "",
           "The pages are written from `api/schema/`, which is also what facteurd checks calls against and what `rpc.discover` answers. Their examples are those of `api/examples/`: "
           "a test runs each of them, in the order of this page, on a facteurd with the profile below, and compares the answer.", "",
           "- [Types](types.md): what arguments and results are made of", "- [Errors](errors.md): what can go wrong, and what to do then",
           "- [Notifications](events.md): what facteurd tells by itself", "- [Who comes in, and what they may](../access.md): scopes and accounts", ""]
    for s in schema.subjects:
        out += [f"## {s['title']}", "", s["about"], "", "| method | what it does | for example |", "| --- | --- | --- |"]
        out += [f"| [{n}]({page_name(n)}) | {cell(without_rfcs(schema.methods[n]['summary']))} | {cell(schema.examples[n]['about'])} |" for n in s["methods"]] + [""]
    out += ["## The profile of the examples", "", schema.profile["about"], "",
            "Ids of Emails are longer in truth (`eqobso`), and states, secrets and dates differ. To make such a profile, call on a fresh one:", ""]
    for call in schema.profile["calls"]:
        out += [json_block({"jsonrpc": "2.0", "id": 1, "method": call["method"], "params": call["params"]})]
    return "\n".join(out)


def write_docs(schema, folder):
    """All of docs/api; what is there and no page any more goes."""
    pages = {"README.md": index_page(schema), "types.md": types_page(schema), "events.md": events_page(schema), "errors.md": errors_page(schema)}
    for subject in schema.subjects:
        for name in subject["methods"]:
            pages[page_name(name)] = method_page(schema, name, subject)
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        write_if_changed(folder / name, re.sub(r"\n+\Z", "\n", text))
