using KafkaFlow.Broker.Storage;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Logs;

/// <summary>Whole batches of one segment, read from the file as the answer is written.</summary>
internal sealed class LogSlice(ILogFile file, long position, int length) : RecordData
{
    public static readonly LogSlice None = new(null!, 0, 0);

    public override int Length => length;

    public FileStream? Stream => file.Stream;

    public long Position => position;

    public override void CopyTo(int from, Span<byte> target)
    {
        if (target.IsEmpty) return;
        var read = file.Read(position + from, target);
        if (read != target.Length)
            throw new BrokerException(
                $"log file: expected {target.Length} bytes at {position + from}, found {read}");
    }
}

/// <summary>What a read of a partition found.</summary>
/// <param name="EndOffset">One above the last offset of the records; the offset asked where there are none.</param>
internal readonly record struct LogRead(LogSlice Records, long EndOffset);

/// <summary>Part of a file in memory, moved along with what is asked.</summary>
internal sealed class FileWindow(ILogFile file, long end, int length)
{
    private byte[] _bytes = new byte[(int)Math.Max(RecordBatch.HeaderLength, Math.Min(end, length))];
    private long _from;
    private int _count;

    /// <summary>Valid until the next call; shorter at the file's end.</summary>
    public Span<byte> At(long position, int wanted)
    {
        wanted = (int)Math.Min(wanted, end - position);
        if (position < _from || position + wanted > _from + _count)
        {
            if (wanted > _bytes.Length) _bytes = new byte[wanted];
            _from = position;
            _count = file.Read(position, _bytes.AsSpan(0, (int)Math.Min(_bytes.Length, end - position)));
        }
        var at = (int)(position - _from);
        return _bytes.AsSpan(at, Math.Min(wanted, _count - at));
    }
}

/// <summary>Walks batch headers of a segment; the file is read in pieces.</summary>
internal ref struct HeaderWalk(ILogFile file, long position, long end)
{
    /// <summary>Bytes read at once: what lies between two index entries, and a header more.</summary>
    private const int WindowLength = 8 * 1024;

    private readonly FileWindow _window = new(file, end, (int)Math.Clamp(end - position, 0, WindowLength));

    public long Position { get; private set; } = position;

    /// <returns>False at the end.</returns>
    public readonly bool TryCurrent(out RecordBatch header)
    {
        header = default;
        if (Position + RecordBatch.HeaderLength > end) return false;
        var bytes = _window.At(Position, RecordBatch.HeaderLength);
        if (bytes.Length < RecordBatch.HeaderLength) return false;
        header = new(bytes);
        return true;
    }

    public void Move(RecordBatch header) => Position += header.TotalLength;
}
