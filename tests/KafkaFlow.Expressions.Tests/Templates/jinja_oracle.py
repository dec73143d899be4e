"""Renders templates with jinja2 for comparison. One JSON request per line on stdin, one JSON answer per line on stdout.

{"t": template, "ctx": names, "value": bool} gives {"r": JSON text or text}, or {"error": message}.
{"walk": directory} gives {"templates": [..]}: every string with template syntax in the YAML files below it.
{"contexts": template, "count": n, "seed": s} gives {"contexts": [..]}: names with random values for its paths.
"""
import json
import os
import random
import sys

import jinja2
from jinja2 import nodes


class Undefined(jinja2.ChainableUndefined, jinja2.StrictUndefined):
    """Missing: selecting from it gives missing, it is false, any other use is an error."""

    __slots__ = ()

    def __bool__(self):
        return False


def text(value):
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if isinstance(value, (list, dict)):
        return dump(value)
    return str(value)


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def plain(value):
    if type(value) is jinja2.Undefined:  # an if without else, which jinja2 keeps lenient
        return None
    if isinstance(value, jinja2.Undefined):
        str(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, str):
        return str.__str__(value)
    return value


def textual(inner):
    return lambda value, *a, **k: inner(text(value), *a, **k)


class KeysFirst(jinja2.Environment):
    """A key of a map wins over a method of the same name."""

    def getattr(self, obj, attribute):
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def no_constant(self, eval_ctx=None):
    raise nodes.Impossible()


jinja2.runtime.str_join = lambda parts: "".join(map(text, parts))  # what ~ compiles to
nodes.Concat.as_const = no_constant
env = KeysFirst(undefined=Undefined, finalize=text, optimized=False)
for name in ("lower", "upper", "trim", "replace", "capitalize"):
    original = env.filters[name]
    if hasattr(original, "jinja_pass_arg"):
        env.filters[name] = jinja2.pass_eval_context(
            lambda ctx, value, *a, _inner=original, **k: _inner(ctx, text(value), *a, **k))
    else:
        env.filters[name] = textual(original)
env.filters["string"] = text
join = env.filters["join"]
env.filters["join"] = jinja2.pass_eval_context(
    lambda ctx, value, d="", attribute=None: join(ctx, value, d, attribute) if attribute
    else join(ctx, [text(v) for v in value], d))
urlencode = env.filters["urlencode"]
env.filters["urlencode"] = lambda value: urlencode(text(value) if value is None or isinstance(value, bool) else value)
env.filters["reverse"] = lambda value: value[::-1] if isinstance(value, str) else list(reversed(value))


def to_json(value):
    out = jinja2.utils.htmlsafe_json_dumps(plain(value), sort_keys=True)
    return str(out)


env.filters["tojson"] = to_json


def answer(request):
    if "walk" in request:
        return {"templates": walk(request["walk"])}
    if "contexts" in request:
        rng = random.Random(request["seed"])
        return {"contexts": [context(request["contexts"], rng) for _ in range(request["count"])]}
    ctx = dict(request["ctx"])
    if "now" in ctx:
        moment = ctx["now"]
        ctx["now"] = lambda: moment
    try:
        if request["value"]:
            source = request["t"].strip()[2:-2]
            value = env.compile_expression(source, undefined_to_none=False)(**ctx)
            if not isinstance(value, (str, int, float, bool, list, dict, type(None), jinja2.Undefined)):
                value = list(value)
            return {"r": dump(plain(value))}
        return {"r": env.from_string(request["t"]).render(**ctx)}
    except Exception as e:  # noqa: BLE001 - every failure is an answer
        return {"error": f"{type(e).__name__}: {e}"}


def walk(directory):
    import yaml

    found = []

    def visit(node):
        if isinstance(node, dict):
            for value in node.values():
                visit(value)
        elif isinstance(node, list):
            for value in node:
                visit(value)
        elif isinstance(node, str) and ("{{" in node or "{%" in node):
            found.append(node)

    for root, _, files in sorted(os.walk(directory)):
        for name in sorted(files):
            if name.endswith(".yaml"):
                with open(os.path.join(root, name), encoding="utf-8") as file:
                    visit(yaml.safe_load(file))
    return found


def context(template, rng):
    names = {}
    tree = env.parse(template)
    for loop in list(tree.find_all(nodes.For)):
        put(names, path(loop.iter), [{"userId": 1, "id": 2, "title": "it's", "body": "a\nb", "name": "n"}])
    for node in list(tree.find_all(nodes.Getattr)) + list(tree.find_all(nodes.Name)):
        put(names, path(node), leaf(rng, path(node)))
    for name in ("loop",):
        names.pop(name, None)
    if "now" in names:
        names["now"] = "2024-01-02T03:04:05Z"
    return names


def leaf(rng, parts):
    name = parts[-1] if parts else ""
    if name.startswith("is_") or name == "success":
        return rng.choice([True, False])
    if name == "status_code":
        return rng.choice([200, 404, 500, 503, 600])
    return rng.choice([0, 7, -3, 200, 503, 2.5, "", "text", "it's \"quoted\" <b>", None, True, False,
                       [], [1, 2], ["a", "b'c"], {"k": "v", "n": [1, None]}])


def path(node):
    parts = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    if not isinstance(node, nodes.Name):
        return None
    return [node.name] + parts[::-1]


def put(names, parts, value):
    if parts is None:
        return
    for part in parts[:-1]:
        if not isinstance(names.get(part), dict):
            names[part] = {}
        names = names[part]
    names.setdefault(parts[-1], value)


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
