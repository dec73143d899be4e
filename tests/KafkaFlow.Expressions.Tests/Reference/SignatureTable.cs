using System.Text;
using KafkaFlow.Expressions.Library;

namespace KafkaFlow.Expressions.Tests.Reference;

/// <summary>The tables of section 12 of docs/expressions.md, made of what <see cref="Probe"/> found.</summary>
internal static class SignatureTable
{
    private const int MaxProbedArguments = 4;
    private const int MaxResults = 3;
    private static readonly ValueKind[] Numbers = [ValueKind.Int, ValueKind.UInt, ValueKind.Double];
    /// <summary>What gives a part of the data, whose kind is the data's.</summary>
    private static readonly string[] GiveParts =
        ["dyn", "get", "orValue", "value", "first", "last", "min", "max", "sum", "fromjson", "from_json"];

    private sealed record Box(SortedSet<ValueKind>[] Arguments, string Result);

    public static string Make()
    {
        var text = new StringBuilder();
        Section(text, "Functions", FunctionTable.Globals.Values, (f, a) => $"{f.Name}({string.Join(", ", a)})", operand: 0);
        Section(text, "Methods", FunctionTable.Methods.Values, (f, a) => $"{a[0]}.{f.Name}({string.Join(", ", a[1..])})", operand: 1);
        Section(text, "Filters", FunctionTable.Filters.Values, Filter, operand: 1);
        Section(text, "Tests", FunctionTable.Tests.Values,
            (f, a) => $"{a[0]} is {f.Name}{(a.Length > 1 ? $"({string.Join(", ", a[1..])})" : "")}", operand: 1);
        return text.ToString();
    }

    private static void Section(
        StringBuilder text, string title, IEnumerable<FunctionEntry> entries, Func<FunctionEntry, string[], string> write, int operand)
    {
        text.Append('\n').Append(title).Append(":\n\n| call | gives | errors |\n|---|---|---|\n");
        foreach (FunctionEntry entry in entries.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            var errors = new SortedSet<string>(StringComparer.Ordinal);
            var lines = new List<(string Call, string Result)>();
            int most = Math.Min(entry.MaxArguments + operand, Math.Max(MaxProbedArguments, entry.MinArguments + operand));
            if (entry.Parameters is not null)
                most = entry.MinArguments + operand;
            for (int arity = entry.MinArguments + operand; arity <= most; arity++)
            {
                if (entry.MaxArguments > MaxProbedArguments && entry.Parameters is null && arity > 2)
                    break;
                int absent = entry.Parameters is null ? 0 : entry.Parameters.Length + operand - arity;
                Value[] tail = [.. Enumerable.Repeat(Value.Missing, absent)];
                foreach (Box box in Merge(entry.Name, Probe.Run(entry, arity, tail, errors)))
                    lines.Add((write(entry, [.. box.Arguments.Select(Names)]), box.Result));
            }
            string code = errors.Count > 0 ? string.Join(' ', errors.Select(e => $"`{e}`")) : "";
            for (int i = 0; i < lines.Count; i++)
                text.Append($"| `{lines[i].Call}` | {lines[i].Result} | {(i == 0 ? code : "")} |\n".Replace("|any", "any", StringComparison.Ordinal));
        }
    }

    private static string Filter(FunctionEntry filter, string[] arguments)
    {
        string[] optional = [.. filter.Parameters!.Skip(arguments.Length - 1).Select(p => $"{p}=")];
        string[] given = [.. filter.Parameters!.Zip(arguments[1..], (name, kinds) => $"{name}: {kinds}")];
        string list = string.Join(", ", [.. given, .. optional]);
        return $"{arguments[0]} \\| {filter.Name}{(list.Length > 0 ? $"({list})" : "")}";
    }

    /// <summary>Joins kinds that differ in one argument only and give the same.</summary>
    private static List<Box> Merge(string name, List<Probe.Outcome> outcomes)
    {
        ValueKind[] results = [.. outcomes.SelectMany(o => o.Results).Distinct()];
        string? all = results.Length > MaxResults || GiveParts.Contains(name) ? "any"
            : results.Length > 1 && results.All(Numbers.Contains) ? "number"
            : null;
        if (results is [ValueKind.Optional])
            all = "optional";
        List<Box> boxes = [.. outcomes.Select(o =>
            new Box([.. o.Arguments.Select(k => new SortedSet<ValueKind> { k })], all ?? Names(o.Results)))];
        for (int at = boxes.Count == 0 ? -1 : boxes[0].Arguments.Length - 1; at >= 0; at--)
        {
            var merged = new Dictionary<string, Box>();
            foreach (Box box in boxes)
            {
                string key = box.Result + ';' + string.Join(';', box.Arguments.Select((a, i) => i == at ? "" : Names(a)));
                if (merged.TryGetValue(key, out Box? known))
                    known.Arguments[at].UnionWith(box.Arguments[at]);
                else
                    merged.Add(key, box);
            }
            boxes = [.. merged.Values];
        }
        return boxes;
    }

    private static string Names(SortedSet<ValueKind> kinds)
    {
        if (kinds.Count >= Probe.Kinds.Length - 1)
            return "any";
        IEnumerable<string> names = Numbers.All(kinds.Contains)
            ? kinds.Except(Numbers).Select(Name).Append("number")
            : kinds.Select(Name);
        return string.Join('/', names);
    }

    private static string Name(ValueKind kind) => kind.ToString().ToLowerInvariant();
}
