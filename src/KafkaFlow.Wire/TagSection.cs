namespace KafkaFlow.Wire;

/// <summary>
/// The optional fields at the end of a flexible structure, each with number and size. <see cref="Next"/> moves to the
/// next one, <see cref="Tag"/> says which; a caller that does not read it passes over it.
/// </summary>
public struct TagSection
{
    private const int MaxTags = 64;
    private readonly ulong _present;
    private bool _begun;
    private int _left;
    private int _edge;

    internal TagSection(ReadOnlySpan<bool> present)
    {
        for (var tag = 0; tag < present.Length; tag++)
            if (present[tag]) _present |= 1UL << tag;
        Tag = -1;
    }

    /// <summary>Number of the field that is read or written now.</summary>
    public int Tag { get; private set; } = -1;

    public bool Next(Codec c)
    {
        if (!c.IsFlexible) return false;
        return c.Writes ? NextWritten(c) : NextRead(c);
    }

    private bool NextRead(Codec c)
    {
        if (!_begun)
        {
            _begun = true;
            _left = (int)c.ReadUnsigned();
        }
        else
        {
            c.SkipTo(_edge);
        }
        if (_left-- <= 0) return false;
        Tag = (int)c.ReadUnsigned();
        var size = c.ReadUnsigned();
        if (size > c.Remaining) throw c.Bad($"a tag of at most {c.Remaining} bytes", $"{size}");
        _edge = c.Position + (int)size;
        return true;
    }

    private bool NextWritten(Codec c)
    {
        if (!_begun)
        {
            _begun = true;
            c.WriteUnsigned((uint)System.Numerics.BitOperations.PopCount(_present));
        }
        else
        {
            c.PrefixWithSize(_edge);
        }
        for (Tag++; Tag < MaxTags; Tag++)
        {
            if ((_present >> Tag & 1) == 0) continue;
            c.WriteUnsigned((uint)Tag);
            _edge = c.Position;
            return true;
        }
        return false;
    }
}
