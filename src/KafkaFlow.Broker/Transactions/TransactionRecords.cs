using KafkaFlow.Broker.Groups;
using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Transactions;

/// <summary>Records of the transaction topic in Kafka's own format, key and value of version 0.</summary>
internal static class TransactionRecords
{
    public static byte[] Key(string id)
    {
        using var c = Codec.Writer();
        short version = 0;
        c.Int16(ref version);
        c.String(ref id);
        return c.Written.ToArray();
    }

    public static bool TryKey(byte[] key, out string id)
    {
        var c = Codec.Reader(key);
        short version = 0;
        id = "";
        c.Int16(ref version);
        if (version != 0) return false;
        c.String(ref id);
        return true;
    }

    public static byte[] Value(Transaction transaction)
    {
        using var c = Codec.Writer();
        var stored = new StoredTransaction
        {
            ProducerId = transaction.ProducerId,
            Epoch = transaction.Epoch,
            TimeoutMs = transaction.TimeoutMs,
            State = (sbyte)transaction.State,
            UpdateMs = transaction.UpdateMs,
            StartMs = transaction.StartMs,
            Topics = transaction.State is TransactionState.Empty ? null : [.. transaction.Partitions
                .GroupBy(partition => partition.Topic)
                .Select(group => new StoredPartitions { Topic = group.Key,
                    Partitions = [.. group.Select(p => p.Partition)] })],
        };
        stored.Code(c);
        return c.Written.ToArray();
    }

    public static void Read(byte[] value, Transaction into)
    {
        var stored = new StoredTransaction();
        stored.Code(Codec.Reader(value));
        (into.ProducerId, into.Epoch, into.TimeoutMs) = (stored.ProducerId, stored.Epoch, stored.TimeoutMs);
        (into.State, into.UpdateMs, into.StartMs) = ((TransactionState)stored.State, stored.UpdateMs, stored.StartMs);
        into.Partitions.Clear();
        foreach (var topic in stored.Topics ?? [])
            into.Partitions.UnionWith(topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)));
    }

    private sealed class StoredTransaction : IWire
    {
        private short _version;
        public long ProducerId;
        public short Epoch;
        public int TimeoutMs;
        public sbyte State;
        public List<StoredPartitions>? Topics;
        public long UpdateMs;
        public long StartMs;

        public void Code(Codec c)
        {
            c.Int16(ref _version);
            if (_version != 0) throw new WireException($"transaction value: expected version 0, found {_version}");
            c.Int64(ref ProducerId);
            c.Int16(ref Epoch);
            c.Int32(ref TimeoutMs);
            c.Int8(ref State);
            c.NullableArray(ref Topics);
            c.Int64(ref UpdateMs);
            c.Int64(ref StartMs);
        }
    }

    private sealed class StoredPartitions : IWire
    {
        public string Topic = "";
        public List<int> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Topic);
            c.Int32s(ref Partitions);
        }
    }
}
