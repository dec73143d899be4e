using System.Globalization;
using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Output;

/// <summary>A fact as one short line of a run that is being followed: seconds since its start, what, and its
/// value.</summary>
internal static class Timeline
{
    private const int MaxValueLength = 80;

    public static string Line(ExecutionEvent fact, Timestamp start)
    {
        var seconds = (fact.CreatedAt.UnixMicros - start.UnixMicros) / 1e6;
        var value = fact.Error ?? fact.Result ?? "";
        if (value.Length > MaxValueLength) value = value[..MaxValueLength] + " ..";
        return string.Create(CultureInfo.InvariantCulture,
            $"{seconds,8:0.000}  {fact.EventType,-20} {fact.Activation ?? "",-16} {value}").TrimEnd();
    }
}
