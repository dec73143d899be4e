namespace KafkaFlow.Avro.Resolving;

/// <summary>Walks the blocks of an array or map; shared by reading and skipping.</summary>
internal ref struct BlockCursor
{
    private long _left;
    private int _blockEnd = -1;

    public BlockCursor()
    {
    }

    /// <returns>Whether an item follows: not at the end nor, with <paramref name="failed"/>, at a bad block.</returns>
    public bool Next(ref DecodeState state, out bool failed)
    {
        failed = false;
        if (_left == 0)
        {
            if (_blockEnd >= 0 && _blockEnd != state.Reader.Position)
            {
                failed = !state.Fail($"a block said to end at byte {_blockEnd} ends here");
                return false;
            }

            if (!state.Reader.TryReadBlock(out _left, out int byteSize))
            {
                failed = true;
                return false;
            }

            _blockEnd = byteSize < 0 ? -1 : state.Reader.Position + byteSize;
        }

        return _left-- > 0;
    }

    /// <summary>Items left in this block, as far as the rest of the input can hold them.</summary>
    public readonly int Plausible(in DecodeState state) => (int)Math.Min(_left + 1, state.Reader.Remaining);

    /// <summary>Passes over the rest of a block whose byte size is known.</summary>
    public bool TrySkipBlock(ref DecodeState state)
    {
        if (_blockEnd < 0 || !state.Reader.TryReadFixed(_blockEnd - state.Reader.Position, out _))
            return false;
        _left = 0;
        return true;
    }
}

internal sealed class ArrayStep(DecodeStep item) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        if (!state.Enter())
            return false;
        var items = new List<AvroValue>();
        var blocks = new BlockCursor();
        bool failed;
        while (blocks.Next(ref state, out failed))
        {
            if (items.Count == 0)
                items.Capacity = Math.Min(blocks.Plausible(state), FirstCapacity);
            if (!item.Read(ref state, out AvroValue read))
                return state.WithinItem(items.Count);
            items.Add(read);
        }

        state.Leave();
        value = AvroValue.Of(items);
        return !failed;
    }

    // A count is only a claim: beyond this the list grows with what is really read.
    private const int FirstCapacity = 64;
}

internal sealed class MapStep(DecodeStep item) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        if (!state.Enter())
            return false;
        var map = new Dictionary<string, AvroValue>(StringComparer.Ordinal);
        var blocks = new BlockCursor();
        bool failed;
        while (blocks.Next(ref state, out failed))
        {
            if (!state.Reader.TryReadString(out string key))
                return state.Within("key");
            if (!item.Read(ref state, out AvroValue read))
                return state.Within(key);
            map[key] = read;
        }

        state.Leave();
        value = AvroValue.Of(map);
        return !failed;
    }
}

/// <summary>A writer's union: one step per branch. A reader's union needs none, its datum is the branch's.</summary>
internal sealed class UnionStep(DecodeStep[] branches) : DecodeStep
{
    public override bool Read(ref DecodeState state, out AvroValue value)
    {
        value = default;
        return state.Reader.TryReadIndex(branches.Length, out int index) && branches[index].Read(ref state, out value);
    }
}
