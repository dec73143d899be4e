namespace KafkaFlow.Expressions.Library;

/// <summary>Parts of timestamps, in UTC or the zone given, and of durations.</summary>
internal static class TimeFunctions
{
    private const long NanosPerMilli = 1_000_000;

    public static readonly FunctionEntry[] Methods =
    [
        Part("getFullYear", static t => t.Year),
        Part("getMonth", static t => t.Month - 1),
        Part("getDate", static t => t.Day),
        Part("getDayOfMonth", static t => t.Day - 1),
        Part("getDayOfYear", static t => t.DayOfYear - 1),
        Part("getDayOfWeek", static t => (int)t.DayOfWeek),
        Part("getHours", static t => t.Hour, 3600),
        Part("getMinutes", static t => t.Minute, 60),
        Part("getSeconds", static t => t.Second, 1),
        new("getMilliseconds", 0, 1, static (_, a) => Milliseconds(a)),
    ];

    /// <param name="secondsPerUnit">For durations the whole value in this unit; 0 if durations have no such
    /// part.</param>
    private static FunctionEntry Part(string name, Func<DateTime, int> part, long secondsPerUnit = 0) =>
        new(name, 0, 1, (_, a) =>
        {
            if (a[0].Kind == ValueKind.Duration && secondsPerUnit > 0 && a.Length == 1)
                return Value.Int(a[0].Bits / Durations.NanosPerSecond / secondsPerUnit);
            if (a[0].Kind != ValueKind.Timestamp || (a.Length == 2 && a[1].Object is not string))
                return Failure.NoOverload(name, a);
            return Zones.TryLocal(a[0], a.Length == 2 ? a[1].Text : "UTC", out DateTime local)
                ? Value.Int(part(local))
                : Failure.Invalid($"{name}() has an unknown time zone, or the local time is out of range");
        });

    private static Value Milliseconds(ReadOnlySpan<Value> a)
    {
        if (a[0].Kind == ValueKind.Duration && a.Length == 1)
            return Value.Int(a[0].Bits % Durations.NanosPerSecond / NanosPerMilli);
        if (a[0].Kind != ValueKind.Timestamp || (a.Length == 2 && a[1].Object is not string))
            return Failure.NoOverload("getMilliseconds", a);
        return a.Length == 1 || Zones.TryLocal(a[0], a[1].Text, out _)
            ? Value.Int(Timestamps.Nanos(a[0]) / NanosPerMilli)
            : Failure.Invalid("getMilliseconds() has an unknown time zone");
    }
}
