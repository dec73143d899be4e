using System.Buffers.Binary;
using System.Text;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Keys of the transport state: what follows from commands, not from facts. One letter, the execution id, a zero byte,
/// then a suffix. Execution ids hold no zero byte, so prefixes do not overlap. Numbers are big-endian: log order.
/// </summary>
internal static class TransportKeys
{
    /// <summary>Log positions of an execution's start and end, so that one seen again is judged as it was.</summary>
    public static byte[] Span(string execution) => Key('b', execution, []);

    public static byte[] SeenIds(string execution) => Key('w', execution, []);

    public static ReadOnlySpan<byte> Watermarks => "f"u8;

    public static byte[] WatermarksOf(string execution) => Key('f', execution, []);

    /// <summary>Whom a child's end is reported to, as its start had it.</summary>
    public static byte[] Parent(string execution) => Key('c', execution, []);

    /// <summary>Finished executions by the time they are removed.</summary>
    public static byte[] Retiring(long dueMs, string execution) =>
        [(byte)'r', .. Number(dueMs), .. Encoding.UTF8.GetBytes(execution)];

    public static readonly byte[] AllRetiring = "r"u8.ToArray();

    public static long RetiringAt(byte[] key) => Number(key.AsSpan(1));

    public static string RetiringExecution(byte[] key) => Encoding.UTF8.GetString(key.AsSpan(1 + sizeof(long)));

    public static byte[] HeldPrefix(string execution) => Key('h', execution, []);

    public static byte[] Held(string execution, long offset) => Key('h', execution, Number(offset));

    public static readonly byte[] AllHeld = "h"u8.ToArray();

    public static string ExecutionOf(byte[] key) => Encoding.UTF8.GetString(key, 1, Array.IndexOf(key, (byte)0) - 1);

    public static byte[] HeartbeatsOf(string execution) => Key('a', execution, []);

    public static byte[] Heartbeat(string execution, string activation) =>
        Key('a', execution, Encoding.UTF8.GetBytes(activation));

    public static byte[] Pending(long offset) => [(byte)'p', .. Number(offset)];

    public static readonly byte[] PendingPrefix = "p"u8.ToArray();

    public static long OffsetOf(byte[] key) =>
        BinaryPrimitives.ReadInt64BigEndian(key.AsSpan(key.Length - sizeof(long)));

    public static byte[] Number(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    public static long Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64BigEndian(bytes);

    private static byte[] Key(char table, string execution, byte[] suffix)
    {
        var idBytes = Encoding.UTF8.GetByteCount(execution);
        var key = new byte[1 + idBytes + 1 + suffix.Length];
        key[0] = (byte)table;
        Encoding.UTF8.GetBytes(execution, key.AsSpan(1));
        suffix.CopyTo(key, idBytes + 2);
        return key;
    }
}
