using System.Buffers;
using System.Buffers.Binary;

namespace KafkaFlow.Broker.Server;

/// <summary>
/// Bytes received and not yet taken as whole requests. Holds no memory while a connection is silent, and grows only
/// with bytes that have come, not with the length a client claims; large requests of all connections share a budget.
/// </summary>
/// <param name="onEvicted">Called, on any thread, when others need the memory; the owner must dispose it.</param>
internal sealed class FrameBuffer(int maxFrame, BufferBudget budget, Action onEvicted) : IDisposable
{
    private const int FirstLength = 4 * 1024;
    private const int FastGrowthBelow = 256 * 1024;

    /// <summary>Up to here it counts for nothing.</summary>
    private const int FreeLength = 64 * 1024;

    private const int PrefixLength = 4;

    /// <summary>Larger arrays are left to the collector, which gives their memory back.</summary>
    private const int MaxPooled = 4 * 1024 * 1024;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    /// <summary>Room for more bytes; at least one.</summary>
    /// <exception cref="RefusedException">All connections together hold too much.</exception>
    public Memory<byte> Room()
    {
        if (_start > 0 && (_start == _end || _end == _bytes.Length))
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _bytes.Length) Grow();
        return _bytes.AsMemory(_end);
    }

    public void Received(int count) => _end += count;

    /// <summary>Takes the next request if all of it is here; it is valid until <see cref="Room"/> is called.</summary>
    /// <param name="problem">Set if the length cannot be one.</param>
    public bool TryTake(out Memory<byte> frame, out string? problem)
    {
        frame = default;
        problem = null;
        if (_end - _start < PrefixLength) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_start));
        if (length < 0 || length > maxFrame)
        {
            problem = $"request length: expected at most {maxFrame}, found {length}";
            return false;
        }
        if (_end - _start - PrefixLength < length) return false;
        frame = _bytes.AsMemory(_start + PrefixLength, length);
        _start += PrefixLength + length;
        return true;
    }

    /// <summary>Gives the memory back while nothing is held.</summary>
    public void Release()
    {
        if (!IsEmpty || _bytes.Length == 0) return;
        Dispose();
        (_start, _end) = (0, 0);
    }

    public void Dispose()
    {
        if (_bytes.Length > FreeLength) budget.Give(this);
        Return();
        _bytes = [];
    }

    public void Evict() => onEvicted();

    private void Grow()
    {
        var wanted = _bytes.Length * (_bytes.Length < FastGrowthBelow ? 4L : 2L);
        var length = (int)Math.Clamp(wanted, FirstLength, maxFrame + (long)PrefixLength);
        if (length <= _bytes.Length)
            throw new InvalidOperationException($"a whole request is not taken from a buffer of {length} bytes");
        if (length > FreeLength) budget.Take(this, length);
        var larger = length > MaxPooled
            ? GC.AllocateUninitializedArray<byte>(length)
            : ArrayPool<byte>.Shared.Rent(length);
        _bytes.AsSpan(0, _end).CopyTo(larger);
        Return();
        _bytes = larger;
    }

    private void Return()
    {
        if (_bytes.Length is > 0 and <= MaxPooled) ArrayPool<byte>.Shared.Return(_bytes);
    }
}
