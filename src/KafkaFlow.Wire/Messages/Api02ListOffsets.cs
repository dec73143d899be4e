namespace KafkaFlow.Wire.Messages;

/// <summary>
/// ListOffsets (2), versions 1-9, flexible from 6. Kept: Latest, earliest, by time, largest timestamp, local log
/// start (-4), tiered (-5: none). Skipped: Older snapshots of replicas: there is one node.
/// </summary>
public sealed class ListOffsetsRequest : IWire
{
    public int ReplicaId;
    public sbyte IsolationLevel;
    public List<ListOffsetsTopic> Topics = [];

    public void Code(Codec c)
    {
        c.Int32(ref ReplicaId);
        if (c.Version >= 2) c.Int8(ref IsolationLevel);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class ListOffsetsTopic : IWire
    {
        public string Name = "";
        public List<ListOffsetsPartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class ListOffsetsPartition : IWire
        {
            public int PartitionIndex;
            public int CurrentLeaderEpoch = -1;
            public long Timestamp;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                if (c.Version >= 4) c.Int32(ref CurrentLeaderEpoch);
                c.Int64(ref Timestamp);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="ListOffsetsRequest"/>.</summary>
public sealed class ListOffsetsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<ListOffsetsTopicResponse> Topics = [];

    public void Code(Codec c)
    {
        if (c.Version >= 2) c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class ListOffsetsTopicResponse : IWire
    {
        public string Name = "";
        public List<ListOffsetsPartitionResponse> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class ListOffsetsPartitionResponse : IWire
        {
            public int PartitionIndex;
            public short ErrorCode;
            public long Timestamp = -1;
            public long Offset = -1;
            public int LeaderEpoch = -1;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int16(ref ErrorCode);
                c.Int64(ref Timestamp);
                c.Int64(ref Offset);
                if (c.Version >= 4) c.Int32(ref LeaderEpoch);
                c.NoTags();
            }
        }
    }
}
