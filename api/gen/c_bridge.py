"""What facteur-bridge knows of the schema: methods with their capabilities, and the types of which changes are told."""

import json

# Of the capabilities that JMAP clients name, those without methods of their own.
MORE_CAPABILITIES = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:webpush-vapid"]
# What Push/subscribe tells of and JMAP has no StateChange for: of the profile as a whole, not of an account. (Account is of the profile, too: the
# bridge tells it of each account, as the state that Account/get answers with.)
NOT_OF_AN_ACCOUNT = {"Task"}
# Types of which the core tells unasked what only we have; of the others it does when it is asked for that.
WITH_OURS = {"EmailSubmission", "Identity", "VacationResponse"}
# Calls that mean the connection they come over, which is the bridge's own.
SIGNS_IN = {"Session/authenticate"}


def header():
    return """/* Written by apigen.py from api/schema. */
#ifndef API_BRIDGE_GENERATED_H
#define API_BRIDGE_GENERATED_H

#include <stdbool.h>
#include <stddef.h>

struct bridge_method {
    const char *name, *capability; /* the capability that a client names in "using" (RFC 8620 section 3.3) */
    bool is_of_socket;             /* makes sense on facteurd's socket only */
    bool has_implicit;             /* its result may hold further responses */
    bool has_account;              /* it takes an accountId */
    const char *rfc_properties;    /* /get: the properties that an RFC has, a JSON array; NULL: the core tells no others */
    const char *const *ours;       /* /set: those that none has, ended by NULL; NULL: the core tells none of them */
};
/* By name, ascending. */
extern const struct bridge_method bridge_methods[];
extern const size_t bridge_n_methods;
extern const char *const bridge_capabilities[];
extern const size_t bridge_n_capabilities;
/* Types of which changes are told, at most 32. */
extern const char *const bridge_push_types[];
extern const size_t bridge_n_push_types;

#endif
"""


def push_types(schema):
    items = schema.methods["Push/subscribe"]["params"]["properties"]["types"]["items"]
    return [t for t in schema.resolve(items)["enum"] if t not in NOT_OF_AN_ACCOUNT]


def strings(name, values):
    return [f"const char *const bridge_{name}[] = {{"] + [f"    {json.dumps(v)}," for v in values] + \
        ["};", f"const size_t bridge_n_{name} = {len(values)};"]


def is_ours(node):
    return node.get("description", "").startswith("Ours")


def of_the_rfcs(schema, name):
    """What stands in the table of a method for rfc_properties and ours."""
    type_, _, verb = name.partition("/")
    if type_ not in WITH_OURS or verb not in ("get", "set"):
        return "NULL", "NULL"
    properties = schema.types[type_]["properties"]
    ours = [p for p in properties if is_ours(properties[p])]
    assert ours, f"{type_} has nothing of ours"
    if verb == "get":
        return json.dumps(json.dumps([p for p in properties if p not in ours])), "NULL"
    return "NULL", "(const char *const[]){" + ", ".join(map(json.dumps, ours)) + ", NULL}"


def source(schema):
    rows = []
    for name, m in sorted(schema.methods.items()):
        of_socket = "true" if m.get("socketOnly") or name in SIGNS_IN else "false"
        implicit = "true" if "implicit" in schema.resolve(m["result"]).get("properties", {}) else "false"
        account = "true" if "accountId" in schema.resolve(m["params"]).get("properties", {}) else "false"
        rows.append(f"    {{{json.dumps(name)}, {json.dumps(m['capability'])}, {of_socket}, {implicit}, {account}, {', '.join(of_the_rfcs(schema, name))}}},")
    capabilities = sorted({m["capability"] for m in schema.methods.values()} | set(MORE_CAPABILITIES))
    types = push_types(schema)
    assert len(types) <= 32
    out = ["/* Written by apigen.py from api/schema. */", '#include "api_bridge.h"', "",
           "const struct bridge_method bridge_methods[] = {"] + rows + ["};", f"const size_t bridge_n_methods = {len(rows)};"]
    return "\n".join(out + strings("capabilities", capabilities) + strings("push_types", types)) + "\n"
