namespace KafkaFlow.Expressions.Values;

/// <summary>Equality and order as CEL has them. Different kinds are unequal, numbers share one line.</summary>
internal static class Equality
{
    private const int CharsPerUnit = 64;

    public static bool AreEqual(Frame frame, Value left, Value right)
    {
        ValueKind kind = left.Kind;
        if (kind != right.Kind)
            return Numbers.IsNumber(left) && Numbers.IsNumber(right) && Numbers.Compare(left, right) == 0;
        switch (kind)
        {
            case ValueKind.Null:
                return true;
            case ValueKind.Bool:
            case ValueKind.Int:
            case ValueKind.UInt:
            case ValueKind.Duration:
                return left.Bits == right.Bits;
            case ValueKind.Double:
                return left.Number == right.Number;
            case ValueKind.String:
                return TextsEqual(frame, left.Text, right.Text);
            case ValueKind.Bytes:
                return BytesEqual(frame, ((BytesValue)left.Object!).Data, ((BytesValue)right.Object!).Data);
            case ValueKind.List:
                return ListsEqual(frame, (ValueList)left.Object!, (ValueList)right.Object!);
            case ValueKind.Map:
                return MapsEqual(frame, (ValueMap)left.Object!, (ValueMap)right.Object!);
            case ValueKind.Timestamp:
                return Timestamps.Compare(left, right) == 0;
            case ValueKind.Type:
                return ((TypeValue)left.Object!).Name == ((TypeValue)right.Object!).Name;
            case ValueKind.Optional:
                var a = (OptionalValue)left.Object!;
                var b = (OptionalValue)right.Object!;
                return a.HasValue == b.HasValue && (!a.HasValue || AreEqual(frame, a.Content, b.Content));
            default:
                return false;
        }
    }

    /// <summary>Compares two values that have an order; <see cref="Numbers.Unordered"/> if a NaN is involved.</summary>
    public static bool TryCompare(Frame frame, Value left, Value right, out int order)
    {
        order = 0;
        if (Numbers.IsNumber(left))
        {
            if (!Numbers.IsNumber(right))
                return false;
            order = Numbers.Compare(left, right);
            return true;
        }
        if (left.Kind != right.Kind)
            return false;
        switch (left.Kind)
        {
            case ValueKind.Bool:
            case ValueKind.Duration:
                order = left.Bits.CompareTo(right.Bits);
                return true;
            case ValueKind.String:
                frame.Charge(Math.Min(left.Text.Length, right.Text.Length) / CharsPerUnit);
                order = CodePointOrder.Instance.Compare(left.Text, right.Text);
                return true;
            case ValueKind.Bytes:
                ReadOnlySpan<byte> a = ((BytesValue)left.Object!).Data;
                frame.Charge(a.Length / CharsPerUnit);
                order = a.SequenceCompareTo(((BytesValue)right.Object!).Data);
                return true;
            case ValueKind.Timestamp:
                order = Timestamps.Compare(left, right);
                return true;
            default:
                return false;
        }
    }

    public static bool ListContains(Frame frame, ValueList list, Value item)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (!frame.Charge(1))
                return false;
            if (AreEqual(frame, list[i], item))
                return true;
        }
        return false;
    }

    private static bool TextsEqual(Frame frame, string left, string right)
    {
        if (ReferenceEquals(left, right))
            return true;
        if (left.Length != right.Length)
            return false;
        if (left.Length >= CharsPerUnit)
            frame.Charge(left.Length / CharsPerUnit);
        return left.AsSpan().SequenceEqual(right);
    }

    private static bool BytesEqual(Frame frame, byte[] left, byte[] right)
    {
        frame.Charge(left.Length / CharsPerUnit);
        return left.AsSpan().SequenceEqual(right);
    }

    private static bool ListsEqual(Frame frame, ValueList left, ValueList right)
    {
        if (left.Count != right.Count)
            return false;
        for (int i = 0; i < left.Count; i++)
        {
            if (!frame.Charge(1) || !AreEqual(frame, left[i], right[i]))
                return false;
        }
        return true;
    }

    private static bool MapsEqual(Frame frame, ValueMap left, ValueMap right)
    {
        if (left.Count != right.Count)
            return false;
        for (int i = 0; i < left.Count; i++)
        {
            if (!frame.Charge(1) || !right.TryGet(left.KeyAt(i), out Value other)
                || !AreEqual(frame, left.ValueAt(i), other))
                return false;
        }
        return true;
    }
}
