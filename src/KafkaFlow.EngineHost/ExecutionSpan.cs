using System.Buffers.Binary;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Offsets of the commands that began and ended an execution; -1 while it has not. With them a command that is seen
/// again at takeover is judged by what was true when it was first decided.
/// </summary>
internal readonly record struct ExecutionSpan(long StartOffset, long EndOffset)
{
    public static readonly ExecutionSpan None = new(-1, -1);

    public bool ExistedAt(long offset) => StartOffset >= 0 && StartOffset < offset;

    public bool HadEndedAt(long offset) => EndOffset >= 0 && EndOffset < offset;

    public static ExecutionSpan Read(ReadOnlyMemory<byte>? stored) => stored is { } bytes
        ? new(BinaryPrimitives.ReadInt64BigEndian(bytes.Span), BinaryPrimitives.ReadInt64BigEndian(bytes.Span[sizeof(long)..]))
        : None;

    public byte[] ToBytes() => [.. TransportKeys.Number(StartOffset), .. TransportKeys.Number(EndOffset)];
}
