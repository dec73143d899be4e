namespace KafkaFlow.Wire;

/// <summary>One record of a batch; spans point into the batch's uncompressed records.</summary>
public ref struct Record
{
    /// <summary>Bytes from the record's length on, and their place, for copying it as it is.</summary>
    public ReadOnlySpan<byte> Raw;
    public long TimestampDelta;
    public int OffsetDelta;
    public bool HasKey;
    public ReadOnlySpan<byte> Key;

    /// <summary>False in a tombstone.</summary>
    public bool HasValue;
    public ReadOnlySpan<byte> Value;

    /// <summary>Count and pairs, as written.</summary>
    public ReadOnlySpan<byte> Headers;
}

/// <summary>Walks the records of a batch that are already uncompressed. Ends at the first that is malformed and says
/// so.</summary>
public ref struct RecordReader(ReadOnlySpan<byte> records)
{
    private ReadOnlySpan<byte> _rest = records;

    public Record Current;

    /// <summary>Set where the walk ended before the end.</summary>
    public bool IsMalformed { get; private set; }

    public bool Next()
    {
        if (_rest.IsEmpty || IsMalformed) return false;
        if (TryNext()) return true;
        IsMalformed = true;
        return false;
    }

    private bool TryNext()
    {
        var body = _rest;
        if (!Varint.TryReadSigned(ref body, out var length) || length < 1 || length > body.Length) return false;
        var whole = _rest[..(_rest.Length - body.Length + (int)length)];
        body = body[1..(int)length];
        if (!Varint.TryReadSigned(ref body, out var timestamp) || !Varint.TryReadSigned(ref body, out var offset) ||
            offset is < 0 or > int.MaxValue || !TryBytes(ref body, out var hasKey, out var key) ||
            !TryBytes(ref body, out var hasValue, out var value) || !AreHeaders(body))
        {
            return false;
        }
        Current = new()
        {
            Raw = whole,
            TimestampDelta = timestamp,
            OffsetDelta = (int)offset,
            HasKey = hasKey,
            Key = key,
            HasValue = hasValue,
            Value = value,
            Headers = body,
        };
        _rest = _rest[whole.Length..];
        return true;
    }

    private static bool TryBytes(scoped ref ReadOnlySpan<byte> body, out bool present, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        present = false;
        if (!Varint.TryReadSigned(ref body, out var length) || length < -1 || length > body.Length) return false;
        if (length < 0) return true;
        present = true;
        bytes = body[..(int)length];
        body = body[(int)length..];
        return true;
    }

    private static bool AreHeaders(ReadOnlySpan<byte> body)
    {
        if (!Varint.TryReadSigned(ref body, out var count) || count < 0 || count > body.Length) return false;
        for (; count > 0; count--)
            if (!TryBytes(ref body, out var named, out _) || !named || !TryBytes(ref body, out _, out _)) return false;
        return body.IsEmpty;
    }
}
