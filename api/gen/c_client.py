"""The methods' names for programs in C: facteur/methods.h, which clients/lib installs."""

from names import snake


def constant(name):
    return "FACTEUR_" + snake(name).upper()


def arguments_text(method):
    params = method["params"]
    names = params.get("properties", {})
    required = [n for n in names if n in params.get("required", [])]
    return ", ".join(required + [f"[{n}]" for n in names if n not in required])


def wrapped(text, width=112):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return lines + [line]


def methods_header(schema):
    out = ["/* facteur/methods.h - written by apigen.py from api/schema: the methods, with their arguments (those in brackets may be left",
           " * out). docs/api/ says what each of them means and answers. */",
           "#ifndef FACTEUR_METHODS_H", "#define FACTEUR_METHODS_H", ""]
    for name, m in sorted(schema.methods.items()):
        arguments = arguments_text(m)
        text = m["summary"] + (f" Arguments: {arguments}." if arguments else "")
        out.append("/* " + "\n * ".join(wrapped(text.replace("*/", "* /"))) + " */")
        out.append(f'#define {constant(name)} "{name}"')
    return "\n".join(out + ["", "/* What comes without being asked for (Push/subscribe). */"] +
                     [f'#define {constant(name)}_EVENT "{name}"' for name in sorted(schema.events)] + ["", "#endif", ""])
