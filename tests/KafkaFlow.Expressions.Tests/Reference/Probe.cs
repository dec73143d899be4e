using KafkaFlow.Expressions.Library;

namespace KafkaFlow.Expressions.Tests.Reference;

/// <summary>
/// Finds out which kinds a function takes and gives, and how it fails, by calling it with values of every kind.
/// </summary>
internal static class Probe
{
    private const int MaxDetailed = 3;
    private static readonly Value[] Samples =
    [
        Value.Null, Value.Bool(true), Value.Bool(false),
        Value.Int(2), Value.Int(0), Value.Int(-1), Value.Int(long.MaxValue), Value.Int(long.MinValue),
        Value.UInt(2), Value.UInt(ulong.MaxValue),
        Value.Double(1.5), Value.Double(double.NaN), Value.Double(1e300),
        Value.String("a"), Value.String(""), Value.String("1"), Value.String("1h"), Value.String("9999999999999999h"), Value.String("2024-01-02T03:04:05Z"),
        Value.String("true"), Value.String("("), Value.String("%d"), Value.String("aGk="), Value.String("+02:00"), Value.String("\\1"),
        Value.Bytes("hi"u8.ToArray()), Value.Bytes([0xFF]),
        Value.List([Value.Int(1), Value.Int(2)]), Value.List([]), Value.List([Value.String("a"), Value.Null]),
        Value.Map([new("a", Value.Int(1))]), Value.Map([]),
        Of("timestamp('2024-01-02T03:04:05Z')"), Of("duration('1h')"), Of("duration('-1s')"), Of("int"),
        Of("optional.of(1)"), Of("optional.none()"),
    ];

    public static readonly ValueKind[] Kinds = [.. Samples.Select(s => s.Kind).Distinct()];

    /// <summary>What calls with arguments of these kinds gave.</summary>
    public sealed record Outcome(ValueKind[] Arguments, SortedSet<ValueKind> Results);

    /// <param name="fixedTail">Arguments behind the probed ones, such as parameters of a filter that are not given.</param>
    public static List<Outcome> Run(FunctionEntry function, int arity, Value[] fixedTail, SortedSet<string> errors)
    {
        var outcomes = new Dictionary<string, Outcome>();
        foreach (Value[] arguments in Combinations(arity))
        {
            Value value = Call(function, [.. arguments, .. fixedTail]);
            if (value.Error is { } error)
            {
                if (error.Code == "no_such_overload")
                    continue;
                errors.Add(error.Code);
            }
            ValueKind[] kinds = [.. arguments.Select(a => a.Kind)];
            string key = string.Join(',', kinds);
            if (!outcomes.TryGetValue(key, out Outcome? outcome))
                outcomes.Add(key, outcome = new Outcome(kinds, []));
            if (!value.IsFailure)
                outcome.Results.Add(value.Kind);
        }
        return [.. outcomes.Values.Where(o => o.Results.Count > 0)];
    }

    private static Value Call(FunctionEntry function, Value[] arguments)
    {
        Frame frame = Frame.Take(NoVariables.Instance, 0, ExpressionLimits.TemplateFuel);
        Value value = function.Invoke(frame, arguments);
        if (frame.Fatal is { } fatal)
            value = fatal;
        frame.Return();
        return value;
    }

    private static IEnumerable<Value[]> Combinations(int arity)
    {
        Value[] samples = arity <= MaxDetailed ? Samples : [.. Kinds.SelectMany(k => Samples.Where(s => s.Kind == k).Take(1))];
        IEnumerable<Value[]> all = [[]];
        for (int i = 0; i < arity; i++)
            all = all.SelectMany(_ => samples, (left, right) => (Value[])[.. left, right]);
        return all;
    }

    private static Value Of(string text) =>
        Expression.TryCompile(text, new ExpressionScope([]), out _)!.Evaluate(NoVariables.Instance);
}
