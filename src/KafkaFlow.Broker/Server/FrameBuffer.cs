using System.Buffers;
using System.Buffers.Binary;

namespace KafkaFlow.Broker.Server;

/// <summary>
/// Bytes received and not yet taken as whole requests. Holds no memory while a connection is silent, and grows only
/// with
/// bytes that have come, not with the length a client claims.
/// </summary>
internal sealed class FrameBuffer(int maxFrame) : IDisposable
{
    private const int FirstLength = 16 * 1024;
    private const int PrefixLength = 4;
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    /// <summary>Room for more bytes; at least one.</summary>
    public Memory<byte> Room()
    {
        if (_start > 0 && (_start == _end || _end == _bytes.Length))
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstLength, checked(_bytes.Length * 2)));
            _bytes.AsSpan(0, _end).CopyTo(larger);
            Return();
            _bytes = larger;
        }
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
        if (!IsEmpty) return;
        Return();
        (_bytes, _start, _end) = ([], 0, 0);
    }

    public void Dispose()
    {
        Return();
        _bytes = [];
    }

    private void Return()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
    }
}
