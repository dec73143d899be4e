namespace KafkaFlow.Wire.Messages;

/// <summary>
/// ElectLeaders (43), versions 0-2, flexible from 2. Kept: Answers that no election is needed.
/// </summary>
public sealed class ElectLeadersRequest : IWire
{
    public sbyte ElectionType;
    public List<TopicPartitionsValue>? TopicPartitions = [];
    public int TimeoutMs = 60000;

    public void Code(Codec c)
    {
        if (c.Version >= 1) c.Int8(ref ElectionType);
        c.NullableArray(ref TopicPartitions);
        c.Int32(ref TimeoutMs);
        c.NoTags();
    }

    public sealed class TopicPartitionsValue : IWire
    {
        public string Topic = "";
        public List<int> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Topic);
            c.Int32s(ref Partitions);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="ElectLeadersRequest"/>.</summary>
public sealed class ElectLeadersResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public List<ReplicaElectionResult> ReplicaElectionResults = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        if (c.Version >= 1) c.Int16(ref ErrorCode);
        c.Array(ref ReplicaElectionResults);
        c.NoTags();
    }

    public sealed class ReplicaElectionResult : IWire
    {
        public string Topic = "";
        public List<PartitionResultValue> PartitionResult = [];

        public void Code(Codec c)
        {
            c.String(ref Topic);
            c.Array(ref PartitionResult);
            c.NoTags();
        }

        public sealed class PartitionResultValue : IWire
        {
            public int PartitionId;
            public short ErrorCode;
            public string? ErrorMessage;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionId);
                c.Int16(ref ErrorCode);
                c.NullableString(ref ErrorMessage);
                c.NoTags();
            }
        }
    }
}
