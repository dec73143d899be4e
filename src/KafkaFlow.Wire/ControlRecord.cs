using System.Buffers.Binary;

namespace KafkaFlow.Wire;

/// <summary>The marker that ends a transaction in a partition.</summary>
public readonly record struct ControlRecord(bool Commits, int CoordinatorEpoch)
{
    /// <summary>Reads the one record of a control batch; needs the whole batch.</summary>
    /// <returns>False if it is no end of a transaction.</returns>
    public static bool TryRead(RecordBatch batch, out ControlRecord control)
    {
        control = default;
        var reader = new RecordReader(batch.Records);
        if (!batch.IsControl || !reader.Next() || reader.Current.Key.Length < 4 || reader.Current.Value.Length < 6)
            return false;
        var type = BinaryPrimitives.ReadInt16BigEndian(reader.Current.Key[2..]);
        if (type is not (0 or 1)) return false;
        control = new(type == 1, BinaryPrimitives.ReadInt32BigEndian(reader.Current.Value[2..]));
        return true;
    }
}
