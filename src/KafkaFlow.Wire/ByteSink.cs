namespace KafkaFlow.Wire;

/// <summary>Uncompressed bytes as a dictionary coder writes them: literals, and copies of what stands before.</summary>
internal struct ByteSink(int capacity)
{
    private byte[] _bytes = new byte[Math.Max(64, capacity)];

    public int Length { get; private set; }

    public readonly byte[] ToArray() => _bytes[..Length];

    public bool TryLiteral(ReadOnlySpan<byte> literal)
    {
        if (!TryGrow(literal.Length)) return false;
        literal.CopyTo(_bytes.AsSpan(Length));
        Length += literal.Length;
        return true;
    }

    /// <summary>Copies from a distance back; the copy may overlap what it writes.</summary>
    public bool TryCopy(int distance, int count)
    {
        if (distance <= 0 || distance > Length || count < 0 || !TryGrow(count)) return false;
        for (var i = 0; i < count; i++, Length++) _bytes[Length] = _bytes[Length - distance];
        return true;
    }

    private bool TryGrow(int count)
    {
        if (count > RecordCodecs.MaxUncompressed - Length) return false;
        if (Length + count > _bytes.Length) System.Array.Resize(
            ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        return true;
    }
}
