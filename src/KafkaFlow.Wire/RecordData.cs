namespace KafkaFlow.Wire;

/// <summary>The record batches of one partition in a message: in memory, or copied from a file while it is
/// written.</summary>
public abstract class RecordData
{
    public abstract int Length { get; }

    /// <summary>Copies the bytes from <paramref name="from"/> on, as many as the target takes.</summary>
    public abstract void CopyTo(int from, Span<byte> target);
}

/// <summary>Batches in memory. Those of a request live as long as the request's buffer.</summary>
public sealed class RecordMemory(ReadOnlyMemory<byte> memory) : RecordData
{
    public static readonly RecordMemory Empty = new(ReadOnlyMemory<byte>.Empty);

    public ReadOnlyMemory<byte> Memory => memory;

    public override int Length => memory.Length;

    public override void CopyTo(int from, Span<byte> target) => memory.Span.Slice(from, target.Length).CopyTo(target);
}
