using System.Globalization;
using KafkaFlow.Contracts;

namespace KafkaFlow.Engine;

/// <summary>
/// Timers have a key, under which the runtime keeps them (one per live activation, one per execution deadline), and an
/// id <c>KEY@DUE_MICROS</c>, which <c>timer_fired</c> carries: one that is not the armed one changes nothing.
/// </summary>
public static class TimerKeys
{
    private const string DeadlineSuffix = "/!deadline";

    public static string Of(string executionId, string activation) => $"{executionId}/{activation}";

    public static string Deadline(string executionId) => executionId + DeadlineSuffix;

    /// <returns>Execution ids hold no slash, so the key names its execution.</returns>
    public static string ExecutionOf(string timerKey)
    {
        var slash = timerKey.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? timerKey[..slash] : throw new ArgumentException($"'{timerKey}' is no timer key");
    }

    /// <summary>The command to append when a timer is due.</summary>
    /// <param name="dueAtMs">Milliseconds since the Unix epoch, as it was armed.</param>
    public static Command Fired(string timerKey, long dueAtMs)
    {
        var dueAt = Timestamp.FromUnixMillis(dueAtMs);
        return new()
        {
            EventType = CommandTypes.TimerFired,
            ExecutionId = ExecutionOf(timerKey),
            TimerId = IdOf(timerKey, dueAt),
            DueAt = dueAt,
        };
    }

    public static string IdOf(string timerKey, Timestamp dueAt) =>
        string.Create(CultureInfo.InvariantCulture, $"{timerKey}@{dueAt.UnixMicros}");

    /// <returns>The activation a <c>timer_fired</c> is about, or null: the deadline, or malformed.</returns>
    public static string? ActivationOf(Command fired)
    {
        if (fired.TimerId is not { } id) return null;
        var at = id.LastIndexOf('@');
        var prefix = fired.ExecutionId.Length + 1;
        if (at <= prefix || !id.StartsWith(fired.ExecutionId, StringComparison.Ordinal)) return null;
        var activation = id[prefix..at];
        return id[prefix - 1] == '/' && activation[0] != '!' ? activation : null;
    }

    internal static bool IsDeadline(Command fired) =>
        fired.DueAt is { } due && fired.TimerId == IdOf(Deadline(fired.ExecutionId), due);
}
