using System.Buffers.Binary;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Offsets of the commands that began, ended, last parked and last resumed an execution; -1 where none has. With them
/// a command that is seen again at takeover is judged by what was true when it was first decided.
/// </summary>
internal readonly record struct ExecutionSpan(long StartOffset, long EndOffset, long ParkOffset, long ResumeOffset)
{
    public static readonly ExecutionSpan None = new(-1, -1, -1, -1);

    public bool ExistedAt(long offset) => StartOffset >= 0 && StartOffset < offset;

    public bool HadEndedAt(long offset) => EndOffset >= 0 && EndOffset < offset;

    public bool IsParked => ParkOffset >= 0 && ResumeOffset < 0;

    public bool WasParkedAt(long offset) =>
        ParkOffset >= 0 && ParkOffset < offset && (ResumeOffset < 0 || offset < ResumeOffset);

    public static ExecutionSpan Read(ReadOnlyMemory<byte>? stored) => stored is { } bytes
        ? new(Number(bytes, 0), Number(bytes, 1), Number(bytes, 2), Number(bytes, 3))
        : None;

    public byte[] ToBytes() =>
    [
        .. TransportKeys.Number(StartOffset), .. TransportKeys.Number(EndOffset),
        .. TransportKeys.Number(ParkOffset), .. TransportKeys.Number(ResumeOffset),
    ];

    private static long Number(ReadOnlyMemory<byte> bytes, int index) =>
        BinaryPrimitives.ReadInt64BigEndian(bytes.Span[(index * sizeof(long))..]);
}
