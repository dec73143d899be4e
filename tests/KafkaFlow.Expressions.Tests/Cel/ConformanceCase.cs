using System.Globalization;

namespace KafkaFlow.Expressions.Tests.Cel;

/// <summary>One test of the CEL conformance suite, and how its result is judged.</summary>
internal sealed class ConformanceCase(string file, int index, string section, TextProto test)
{
    public string File => file;
    public int Index => index;
    public string Name => $"{file} {section} {test.Text("name")} #{index}";
    public string Text => test.Text("expr")!;

    /// <summary>Reads every test of a directory of .textproto files.</summary>
    public static IEnumerable<ConformanceCase> ReadAll(string directory)
    {
        foreach (string path in Directory.GetFiles(directory, "*.textproto").Order(StringComparer.Ordinal))
        {
            int index = 0;
            TextProto suite = TextProto.Parse(System.IO.File.ReadAllText(path));
            foreach (TextProto section in suite.Messages("section"))
            {
                foreach (TextProto test in section.Messages("test"))
                    yield return new ConformanceCase(Path.GetFileName(path), index++, section.Text("name") ?? "", test);
            }
        }
    }

    /// <summary>Runs the test. With altered expectations every test must fail.</summary>
    /// <returns>Null if it passed, else what went wrong.</returns>
    public string? Run(bool altered = false)
    {
        var bindings = test.Messages("bindings")
            .ToDictionary(b => b.Text("key")!, b => ReadValue(b.Message("value")!.Message("value")!));
        var scope = new ExpressionScope([.. bindings.Keys]);
        var options = new CompileOptions(UnknownFails: true, Container: test.Text("container") ?? "");
        Expression? expression = Expression.TryCompile(Text, scope, options, out ExpressionDiagnostic? problem);
        if (expression is null)
            return $"does not compile: {problem}";
        Value found = expression.Evaluate(new Bound([.. bindings.Values]));
        if (test.Has("eval_error"))
        {
            return found.IsError != altered ? null : $"expected an error, found {Show(found)}";
        }
        Value expected = test.Message("value") is { } value ? ReadValue(value)
            : test.Message("typed_result") is { } typed ? ReadValue(typed.Message("result")!)
            : Value.Bool(true);
        if (altered)
            expected = Value.List([expected]);
        return Same(expected, found) ? null : $"expected {Show(expected)}, found {Show(found)}";
    }

    private static string Show(Value value) =>
        value.Error is { } error ? $"error {error.Code}: {error.Message}" : $"{value.Kind} {value.ToJson()}";

    /// <summary>Equality of kind and content: NaN is itself, -0.0 is not 0.0, maps have no order.</summary>
    private static bool Same(Value expected, Value found)
    {
        if (expected.Kind != found.Kind)
            return false;
        switch (expected.Kind)
        {
            case ValueKind.Double:
                return expected.Bits == found.Bits || (double.IsNaN(expected.Number) && double.IsNaN(found.Number));
            case ValueKind.List:
                return expected.Items.Count == found.Items.Count
                    && expected.Items.Zip(found.Items).All(p => Same(p.First, p.Second));
            case ValueKind.Map:
                var a = (ValueMap)expected.Object!;
                var b = (ValueMap)found.Object!;
                return a.Count == b.Count && Enumerable.Range(0, a.Count).All(i => Enumerable.Range(0, b.Count)
                    .Any(j => Same(a.KeyAt(i), b.KeyAt(j)) && Same(a.ValueAt(i), b.ValueAt(j))));
            case ValueKind.Null:
                return true;
            default:
                Frame frame = Frame.Take(NoVariables.Instance, 0, ExpressionLimits.ConditionFuel);
                bool equal = Equality.AreEqual(frame, expected, found);
                frame.Return();
                return equal;
        }
    }

    private static Value ReadValue(TextProto message)
    {
        (string name, object value) = message.Only;
        string word = value as string ?? "";
        switch (name)
        {
            case "null_value":
                return Value.Null;
            case "bool_value":
                return Value.Bool(word == "true");
            case "int64_value":
                return Value.Int(word.StartsWith("0x", StringComparison.Ordinal)
                    ? Convert.ToInt64(word, 16)
                    : long.Parse(word, CultureInfo.InvariantCulture));
            case "uint64_value":
                return Value.UInt(word.StartsWith("0x", StringComparison.Ordinal)
                    ? Convert.ToUInt64(word, 16)
                    : ulong.Parse(word, CultureInfo.InvariantCulture));
            case "double_value":
                return Value.Double(word switch
                {
                    "inf" or "Infinity" => double.PositiveInfinity,
                    "-inf" or "-Infinity" => double.NegativeInfinity,
                    "nan" or "NaN" => double.NaN,
                    _ => double.Parse(word, CultureInfo.InvariantCulture),
                });
            case "string_value":
                return Value.String(message.Text(name)!);
            case "bytes_value":
                return Value.Bytes(message.Bytes(name)!);
            case "type_value":
                return KindName.TypeNamed(message.Text(name)!) ?? throw new FormatException($"unknown type {message.Text(name)}");
            case "list_value":
                return Value.List([.. message.Message(name)!.Messages("values").Select(ReadValue)]);
            case "map_value":
                var builder = new KeyedMapBuilder(4);
                foreach (TextProto entry in message.Message(name)!.Messages("entries"))
                    builder.TryAdd(ReadValue(entry.Message("key")!), ReadValue(entry.Message("value")!));
                return Value.From(builder.Build());
            case "object_value":
                return ReadTime((TextProto)value);
            default:
                throw new FormatException($"unknown kind of value {name}");
        }
    }

    private static Value ReadTime(TextProto any)
    {
        (string url, object content) = any.Only;
        var fields = (TextProto)content;
        long seconds = long.Parse(fields.Word("seconds") ?? "0", CultureInfo.InvariantCulture);
        int nanos = int.Parse(fields.Word("nanos") ?? "0", CultureInfo.InvariantCulture);
        if (url.EndsWith("google.protobuf.Duration", StringComparison.Ordinal))
            return Durations.Of((seconds * Durations.NanosPerSecond) + nanos);
        return url.EndsWith("google.protobuf.Timestamp", StringComparison.Ordinal)
            ? Timestamps.Of(seconds, nanos)
            : throw new FormatException($"unknown message {url}");
    }
}
