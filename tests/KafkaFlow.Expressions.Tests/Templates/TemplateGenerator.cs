using System.Globalization;
using System.Text;

namespace KafkaFlow.Expressions.Tests.Templates;

/// <summary>
/// Random templates over random data, by kind, from the part of the language that means the same here and in Jinja. Left
/// out by intent, as docs/expressions.md lists them: <c>/ % // **</c>, arithmetic and comparison of bool with numbers,
/// chained comparisons, negative indexes, tuples and slices, <c>~</c> on bool and null, <c>sequence</c> and
/// <c>iterable</c> of missing values, <c>in</c> with a missing item.
/// </summary>
internal sealed class TemplateGenerator(Random random)
{
    private const int Depth = 3;
    private static readonly string[] Words = ["", "a", "Bob", "it's", "x y z", "ünï", "<b>&\"q\"", "12", " 7 ", "3.5", "line\nbreak", "😀 ok"];
    private readonly List<string> _loopVariables = [];

    public string Context()
    {
        var json = new StringBuilder("{");
        json.Append(CultureInfo.InvariantCulture, $"\"i1\":{random.Next(-9, 100)},\"i2\":{random.Next(0, 5)},");
        json.Append(CultureInfo.InvariantCulture, $"\"f1\":{random.Next(-40, 40) + 0.5},\"f2\":{random.Next(1, 999)}.25,");
        json.Append(CultureInfo.InvariantCulture, $"\"s1\":{Json(Pick(Words))},\"s2\":{Json(Pick(Words))},\"b1\":{Bool()},\"b2\":{Bool()},\"none\":null,");
        json.Append(CultureInfo.InvariantCulture, $"\"l1\":[{Many(() => random.Next(-5, 9).ToString(CultureInfo.InvariantCulture))}],");
        json.Append(CultureInfo.InvariantCulture, $"\"l2\":[{Many(() => Json(Pick(Words)))}],");
        json.Append(CultureInfo.InvariantCulture, $"\"m1\":{{\"n\":{random.Next(50)},\"s\":{Json(Pick(Words))},\"items\":[1,2],\"deep\":{{\"n\":{random.Next(9)}}}}},");
        json.Append(CultureInfo.InvariantCulture, $"\"users\":[{Many(User)}]");
        return json.Append('}').ToString();

        string User() => $"{{\"name\":{Json(Pick(Words))},\"age\":{random.Next(90)},\"tags\":[{Many(() => Json(Pick(Words)))}]"
            + (random.Next(3) == 0 ? ",\"vip\":true}" : "}");
    }

    /// <summary>A template that is one expression: its value is compared.</summary>
    public string Single() => random.Next(15) == 0 ? $"{{{{ {Text(1)} if {Bool(1)} }}}}" : $"{{{{ {Any(Depth)} }}}}";

    /// <summary>Text with expressions and statements: its text is compared.</summary>
    public string Mixed() => "t:" + Blocks(2) + "{{ i1 }}" + Pick("", "\n", "\n\n", "!");

    private string Blocks(int depth)
    {
        var text = new StringBuilder();
        for (int i = random.Next(1, 4); i > 0; i--)
            text.Append(Block(depth));
        return text.ToString();
    }

    private string Block(int depth)
    {
        string open = Pick("{%", "{%", "{%-");
        string close = Pick("%}", "%}", "-%}");
        switch (random.Next(depth > 0 ? 10 : 5))
        {
            case 0 or 1:
                return Pick(" text ", "\n", "'{}'::jsonb", "{ x }", "100 % ", "a\n  b");
            case 2 or 3:
                string unless = random.Next(10) == 0 ? $" if {Bool(1)}" : "";
                return $"{Pick("{{", "{{-")} ({Any(2)}){unless} {Pick("}}", "-}}")}";
            case 4:
                return Pick("{# note #}", "{#- note -#}", "{% raw %}{{ no }}{% endraw %}");
            case 5 or 6:
                return $"{open} if {Bool(2)} {close}{Blocks(depth - 1)}"
                    + (random.Next(2) == 0 ? $"{{% elif {Bool(1)} %}}{Blocks(depth - 1)}" : "")
                    + (random.Next(2) == 0 ? $"{{% else -%}}{Blocks(depth - 1)}" : "") + "{% endif %}";
            case 7:
                return $"{{% set w = {Int(2)} %}}";
            default:
                return For(depth, open, close);
        }
    }

    private string For(int depth, string open, string close)
    {
        string name = $"v{_loopVariables.Count}";
        string range = random.Next(3) switch { 0 => IntList(1), 1 => "range(3)", _ => "[1, 2, 3]" };
        _loopVariables.Add(name);
        string filter = random.Next(4) == 0 ? $" if {name} > 1" : "";
        string position = Pick("", "{{ loop.index }}", "{% if not loop.last %},{% endif %}", "{{ loop.index0 + loop.length }}");
        string body = $"{{{{ {name} }}}}{position}{Blocks(depth - 1)}";
        _loopVariables.RemoveAt(_loopVariables.Count - 1);
        string otherwise = random.Next(3) == 0 ? "{% else %}none" : "";
        return $"{open} for {name} in {range}{filter} {close}{body}{otherwise}{{% endfor %}}";
    }

    private string Any(int depth) => random.Next(9) switch
    {
        0 or 1 => Int(depth),
        2 => Float(depth),
        3 or 4 => Text(depth),
        5 => Bool(depth),
        6 => IntList(depth),
        7 => TextList(depth),
        _ => Map(depth),
    };

    private string Missing() => Pick("absent", "m1.nokey", "absent.deep.x", "m1['nokey']", "l1[99]", "m1.deep.no.more", "s1.nope");

    private string Int(int depth)
    {
        if (depth == 0)
            return _loopVariables.Count > 0 && random.Next(2) == 0 ? Pick([.. _loopVariables]) : Pick("i1", "i2", "3", "0", "-4", "m1.n", "m1['n']", "m1.deep.n", "w | default(2)");
        int d = depth - 1;
        return random.Next(17) switch
        {
            0 => $"{Int(d)} + {Int(d)}",
            1 => $"({Int(d)} - {Int(d)})",
            2 => $"({Int(d)}) * {Pick("2", "-1", "0")}",
            3 => $"({Text(d)}) | length",
            4 => $"({IntList(d)}) | sum",
            5 => $"({TextList(d)}) | count",
            6 => $"({Text(d)}) | int({Pick("", "5", "default=9")})",
            7 => $"({IntList(d)}) | first | default({Int(d)})",
            8 => $"({Int(d)}) | abs",
            9 => $"({Int(d)} if {Bool(d)} else {Int(d)})",
            10 => $"{Missing()} | default({Int(d)})",
            11 => $"({Int(d)} or {Int(d)})",
            12 => $"({Missing()} or {Int(d)})",
            13 => $"-({Int(d)})",
            14 => $"users | map(attribute='age') | list | length",
            15 => $"({IntList(d)}) | {Pick("max", "min", "last")} | default(1)",
            _ => Missing(),
        };
    }

    private string Float(int depth)
    {
        if (depth == 0)
            return Pick("f1", "f2", "1.5", "0.25", "1e3", "2.0");
        int d = depth - 1;
        return random.Next(6) switch
        {
            0 => $"({Float(d)} + {Int(d)})",
            1 => $"({Float(d)}) | round({Pick("", "1", "2", "1, 'floor'", "0, 'ceil'")})",
            2 => $"({Text(d)}) | float({Pick("", "0.5")})",
            3 => $"({Float(d)} if {Bool(d)} else {Float(d)})",
            4 => $"({Float(d)}) * {Pick("2", "0.5", "-1")}",
            _ => $"({Float(d)}) | abs",
        };
    }

    private string Text(int depth)
    {
        if (depth == 0)
            return Pick("s1", "s2", "m1.s", "'lit'", "\"it's\"", "'a\\nb'", "'tab\\t\\'q\\''", "'\\d+'");
        int d = depth - 1;
        return random.Next(22) switch
        {
            0 => $"{Text(d)} ~ {Text(d)}",
            1 => $"({Text(d)} + {Text(d)})",
            2 => $"({Text(d)}) | {Pick("upper", "lower", "trim", "capitalize", "string", "reverse")}",
            3 => $"({Text(d)}) | replace({Pick("'a'", "\"'\"", "' '")}, {Pick("''", "\"''\"", "'--'")})",
            4 => $"({TextList(d)}) | join({Pick("", "','", "'\\n'")})",
            5 => $"({IntList(d)}) | join('-')",
            6 => $"({Any(d)}) | tojson",
            7 => $"({Text(d)} if {Bool(d)} else {Text(d)})",
            8 => $"({Text(d)}) | lower",
            9 => $"({Text(d)} or {Text(d)})",
            10 => $"{Missing()} | default({Text(d)})",
            11 => $"{Text(d)} | default({Text(d)}, true)",
            12 => $"none | default({Text(d)}, {Pick("true", "false", "boolean=true")})",
            13 => $"({Int(d)}) ~ 'px'",
            14 => $"({Text(d)}) | truncate({random.Next(3, 9)}, {Pick("true", "false")}, '..')",
            15 => $"({Any(d)}) | string",
            16 => $"({Text(d)}) | urlencode",
            17 => $"(({TextList(d)}) | first | default('')) | lower",
            18 => $"users | map(attribute='name') | join('; ')",
            19 => $"({Text(d)} and {Text(d)})",
            20 => $"{Missing()} | {Pick("lower", "upper", "trim", "string")}",
            _ => $"({Float(d)}) ~ ''",
        };
    }

    private string Bool() => random.Next(2) == 0 ? "true" : "false";

    private string Bool(int depth)
    {
        if (depth == 0)
            return Pick("b1", "b2", "true", "false", "True", "False");
        int d = depth - 1;
        return random.Next(17) switch
        {
            0 => $"{Int(d)} {Pick("==", "!=", "<", "<=", ">", ">=")} {Int(d)}",
            1 => $"({Text(d)}) {Pick("==", "!=", "<", ">")} ({Text(d)})",
            2 => $"{Bool(d)} and {Bool(d)}",
            3 => $"({Bool(d)} or {Bool(d)})",
            4 => $"not {Bool(d)}",
            5 => $"not ({Any(d)})",
            6 => $"({Int(0)}) {Pick("in", "not in")} ({IntList(d)})",
            7 => $"({Text(0)}) {Pick("in", "not in")} ({Text(d)})",
            8 => $"'{Pick("n", "s", "zz")}' {Pick("in", "not in")} m1",
            9 => $"(({Any(d)}) is {Pick("", "not ")}{Pick("defined", "none", "string", "number", "mapping")})",
            10 => $"({Missing()} is {Pick("", "not ")}{Pick("defined", "undefined")})",
            11 => $"(({Int(d)}) is {Pick("odd", "even", "divisibleby 3", "divisibleby(2)")})",
            12 => $"(({IntList(d)}) is {Pick("sequence", "iterable", "mapping", "string")})",
            13 => $"({Float(d)}) {Pick("<", ">")} ({Int(d)})",
            14 => $"({Any(d)}) {Pick("==", "!=")} none",
            15 => $"({IntList(d)}) == ({IntList(d)})",
            _ => $"({Bool(d)} if {Bool(d)} else {Bool(d)})",
        };
    }

    private string IntList(int depth)
    {
        if (depth == 0)
            return Pick("l1", "[1, 2, 2]", "[]", "m1['items']", "[i1, i2]", "range(4) | list");
        int d = depth - 1;
        return random.Next(9) switch
        {
            0 => $"({IntList(d)}) | sort",
            1 => $"({IntList(d)}) | sort(reverse=true)",
            2 => $"({IntList(d)}) | unique | list",
            3 => $"({IntList(d)}) | select({Pick("'odd'", "'even'", "'gt', 1")}) | list",
            4 => $"({IntList(d)}) | reject('odd') | list",
            5 => $"({IntList(d)}) + ({IntList(d)})",
            6 => $"users | map(attribute='age') | list",
            7 => $"({IntList(d)}) | map('abs') | list",
            _ => $"({IntList(d)}) | reverse | list",
        };
    }

    private string TextList(int depth)
    {
        if (depth == 0)
            return Pick("l2", "['b', 'a', 'B']", "['x']", "users | map(attribute='name') | list");
        int d = depth - 1;
        return random.Next(8) switch
        {
            0 => $"({TextList(d)}) | sort",
            1 => $"({TextList(d)}) | unique | list",
            2 => $"({TextList(d)}) | map('upper') | list",
            3 => $"({Text(d)}) | list",
            4 => $"users | selectattr('age', 'gt', {random.Next(60)}) | map(attribute='name') | list",
            5 => $"users | {Pick("selectattr", "rejectattr")}('vip', 'defined') | map(attribute='name') | list",
            6 => $"({Map(d)}) | list",
            _ => $"({TextList(d)}) | select | list",
        };
    }

    private string Map(int depth) => depth == 0
        ? Pick("m1", "m1.deep", "{'a': 1}", "{}")
        : random.Next(3) switch
        {
            0 => $"{{'k': {Any(depth - 1)}, 'z': {Int(depth - 1)}}}",
            1 => $"({Map(depth - 1)} or m1)",
            _ => Map(0),
        };

    private string Many(Func<string> make)
    {
        var items = new string[random.Next(0, 4)];
        for (int i = 0; i < items.Length; i++)
            items[i] = make();
        return string.Join(',', items);
    }

    private string Pick(params string[] choices) => choices[random.Next(choices.Length)];

    private static string Json(string text) => Value.String(text).ToJson();
}
