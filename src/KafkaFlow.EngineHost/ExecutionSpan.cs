using System.Buffers.Binary;
using System.Collections.Immutable;

namespace KafkaFlow.EngineHost;

/// <summary>
/// Offsets of the commands that began, ended, parked and un-parked an execution; -1 where none has. With them a command
/// that is seen again at takeover is judged by what was true when it was first decided.
/// </summary>
internal sealed record ExecutionSpan
{
    public static readonly ExecutionSpan None = new();
    private const int MaxParkings = 16;
    private const long Layout = -2; // no offset: what was written before the layout had a number begins with -1 or more

    public long StartOffset { get; init; } = -1;
    public long EndOffset { get; init; } = -1;

    /// <summary>While input from before the start is repeated: where the run of the same id before this one ended,
    /// and when it was to be removed.</summary>
    public long PriorEnd { get; init; } = -1;
    public long PriorRetireAtMs { get; init; } = -1;

    /// <summary>When the keys of the finished run are removed, milliseconds since the Unix epoch.</summary>
    public long RetireAtMs { get; init; } = -1;

    /// <summary>Where it was parked and un-parked, the latest last.</summary>
    public ImmutableArray<(long Parked, long Resumed)> Parkings { get; init; } = [];

    public bool IsParked => Parkings is [.., (_, < 0)];

    public bool ExistedAt(long offset) => StartOffset >= 0 && StartOffset < offset;

    public bool HadEndedAt(long offset) => EndOffset >= 0 && EndOffset < offset;

    public bool WasParkedAt(long offset)
    {
        foreach (var (parked, resumed) in Parkings)
            if (parked < offset && (resumed < 0 || offset < resumed)) return true;
        return false;
    }

    /// <summary>A command from the time of an earlier run.</summary>
    public bool IsOfPriorRun(long offset) => PriorEnd >= 0 && offset < StartOffset;

    public ExecutionSpan Started(long offset) =>
        None with { StartOffset = offset, PriorEnd = EndOffset, PriorRetireAtMs = RetireAtMs };

    public ExecutionSpan WithoutPrior() => this with { PriorEnd = -1, PriorRetireAtMs = -1 };

    public ExecutionSpan Parked(long offset) => IsParked ? this : this with
    {
        Parkings = [.. Parkings.Skip(Math.Max(0, Parkings.Length + 1 - MaxParkings)), (offset, -1)],
    };

    public ExecutionSpan Resumed(long offset) => !IsParked ? this : this with
    {
        Parkings = Parkings.SetItem(Parkings.Length - 1, (Parkings[^1].Parked, offset)),
    };

    public static ExecutionSpan Read(ReadOnlyMemory<byte>? stored)
    {
        if (stored is not { } bytes) return None;
        var numbers = new long[bytes.Length / sizeof(long)];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadInt64BigEndian(bytes.Span[(i * sizeof(long))..]);
        if (numbers[0] != Layout)
            return new()
            {
                StartOffset = numbers[0],
                EndOffset = numbers[1],
                Parkings = numbers[2] < 0 ? [] : [(numbers[2], numbers[3])],
            };
        return new()
        {
            StartOffset = numbers[1],
            EndOffset = numbers[2],
            RetireAtMs = numbers[3],
            PriorEnd = numbers[4],
            PriorRetireAtMs = numbers[5],
            Parkings = [.. numbers.Skip(6).Chunk(2).Select(pair => (pair[0], pair[1]))],
        };
    }

    public byte[] ToBytes()
    {
        long[] numbers =
        [
            Layout, StartOffset, EndOffset, RetireAtMs, PriorEnd, PriorRetireAtMs,
            .. Parkings.SelectMany(p => new[] { p.Parked, p.Resumed }),
        ];
        var bytes = new byte[numbers.Length * sizeof(long)];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(i * sizeof(long)), numbers[i]);
        return bytes;
    }
}
