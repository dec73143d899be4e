using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using KafkaFlow.Contracts;
using KafkaFlow.Streams;

namespace KafkaFlow.EngineHost;

/// <summary>A command kept aside, as it stood in the log.</summary>
internal sealed record HeldCommand(long Offset, long TimestampMs, byte[] Value)
{
    public byte[] ToBytes()
    {
        var bytes = new byte[sizeof(long) + Value.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, TimestampMs);
        Value.CopyTo(bytes, sizeof(long));
        return bytes;
    }

    /// <summary>The record as it was read first, given any later one of the same partition.</summary>
    public InputRecord AsInput(InputRecord later) =>
        later with { Offset = Offset, TimestampMs = TimestampMs, Value = Value, Headers = [], Key = null };

    public static HeldCommand Read(byte[] key, ReadOnlySpan<byte> stored) =>
        new(TransportKeys.OffsetOf(key), BinaryPrimitives.ReadInt64BigEndian(stored), stored[sizeof(long)..].ToArray());
}

/// <summary>
/// Commands that came before their execution's start: kept in log order for 60 s, then dead letters. At most 1,000 per
/// execution. After the start they are decided one by one, each by a <c>continue</c> of its own.
/// </summary>
internal static class HeldCommands
{
    public const int LimitPerExecution = 1000;
    public const long HoldMs = 60_000;
    public const string Cursor = "held";
    private const string TimerPart = "/!held/";

    private static string TimerKey(string execution, long offset) => $"{execution}{TimerPart}{offset}";

    /// <returns>The offset of the held command that a <c>timer_fired</c> is about, or null if it is about another.</returns>
    public static long? OffsetOf(Command fired)
    {
        var start = fired.ExecutionId + TimerPart;
        if (fired.TimerId is not { } id || !id.StartsWith(start, StringComparison.Ordinal)) return null;
        var end = id.IndexOf('@', start.Length);
        return end > 0 && long.TryParse(id.AsSpan(start.Length, end - start.Length), CultureInfo.InvariantCulture, out var offset)
            ? offset
            : null;
    }

    /// <returns>False if the execution already has as many as are kept.</returns>
    public static bool TryHold(string execution, InputRecord input, IStateView view, Effects effects)
    {
        if (view.Scan(TransportKeys.HeldPrefix(execution)).Count() >= LimitPerExecution) return false;
        var held = new HeldCommand(input.Offset, input.TimestampMs, input.Value ?? []);
        effects.Put(TransportKeys.Held(execution, input.Offset), held.ToBytes());
        effects.SetTimer(TimerBytes(execution, input.Offset), input.TimestampMs + HoldMs);
        return true;
    }

    public static HeldCommand? First(string execution, IStateView view)
    {
        foreach (var (key, value) in view.Scan(TransportKeys.HeldPrefix(execution))) return HeldCommand.Read(key, value);
        return null;
    }

    public static bool HasMoreThan(int count, string execution, IStateView view) =>
        view.Scan(TransportKeys.HeldPrefix(execution)).Skip(count).Any();

    public static HeldCommand? Find(string execution, long offset, IStateView view)
    {
        var key = TransportKeys.Held(execution, offset);
        return view.Get(key) is { } stored ? HeldCommand.Read(key, stored.Span) : null;
    }

    /// <summary>It has no time limit any more: its execution exists.</summary>
    public static void KeepOn(string execution, long offset, Effects effects) =>
        effects.ClearTimer(TimerBytes(execution, offset));

    private static byte[] TimerBytes(string execution, long offset) => Encoding.UTF8.GetBytes(TimerKey(execution, offset));

    public static void Release(string execution, long offset, Effects effects)
    {
        effects.Delete(TransportKeys.Held(execution, offset));
        effects.ClearTimer(TimerBytes(execution, offset));
    }
}
