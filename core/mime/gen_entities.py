#!/usr/bin/env python3
"""Writes html_entities.inc: the named character references of HTML (the standard's section 13.5), as Python knows them.

usage: gen_entities.py > html_entities.inc
"""
import html.entities

names = {}
for key, value in html.entities.html5.items():
    name = key.rstrip(";")
    bare = not key.endswith(";")
    old = names.get(name, (value, False))
    names[name] = (value, old[1] or bare)

print("/* Made by gen_entities.py; sorted by name. {name, first code point, second or 0, may stand without ';'} */")
for name in sorted(names):
    value, bare = names[name]
    points = [ord(c) for c in value] + [0]
    print('{"%s", 0x%X, 0x%X, %d},' % (name, points[0], points[1], bare))
