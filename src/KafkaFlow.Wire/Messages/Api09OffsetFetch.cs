namespace KafkaFlow.Wire.Messages;

/// <summary>
/// OffsetFetch (9), versions 1-8, flexible from 6. Kept: One or several groups, all partitions by null, offsets held
/// by open transactions (requireStable).
/// </summary>
public sealed class OffsetFetchRequest : IWire
{
    public string GroupId = "";
    public List<OffsetFetchRequestTopic>? Topics = [];
    public List<OffsetFetchRequestGroup> Groups = [];
    public bool RequireStable;

    public void Code(Codec c)
    {
        if (c.Version <= 7) c.String(ref GroupId);
        if (c.Version <= 7) c.NullableArray(ref Topics);
        if (c.Version >= 8) c.Array(ref Groups);
        if (c.Version >= 7) c.Bool(ref RequireStable);
        c.NoTags();
    }

    public sealed class OffsetFetchRequestTopic : IWire
    {
        public string Name = "";
        public List<int> PartitionIndexes = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Int32s(ref PartitionIndexes);
            c.NoTags();
        }
    }

    public sealed class OffsetFetchRequestGroup : IWire
    {
        public string GroupId = "";
        public List<OffsetFetchRequestTopics>? Topics = [];

        public void Code(Codec c)
        {
            c.String(ref GroupId);
            c.NullableArray(ref Topics);
            c.NoTags();
        }

        public sealed class OffsetFetchRequestTopics : IWire
        {
            public string Name = "";
            public List<int> PartitionIndexes = [];

            public void Code(Codec c)
            {
                c.String(ref Name);
                c.Int32s(ref PartitionIndexes);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="OffsetFetchRequest"/>.</summary>
public sealed class OffsetFetchResponse : IWire
{
    public int ThrottleTimeMs;
    public List<OffsetFetchResponseTopic> Topics = [];
    public short ErrorCode;
    public List<OffsetFetchResponseGroup> Groups = [];

    public void Code(Codec c)
    {
        if (c.Version >= 3) c.Int32(ref ThrottleTimeMs);
        if (c.Version <= 7) c.Array(ref Topics);
        if (c.Version is >= 2 and <= 7) c.Int16(ref ErrorCode);
        if (c.Version >= 8) c.Array(ref Groups);
        c.NoTags();
    }

    public sealed class OffsetFetchResponseTopic : IWire
    {
        public string Name = "";
        public List<OffsetFetchResponsePartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class OffsetFetchResponsePartition : IWire
        {
            public int PartitionIndex;
            public long CommittedOffset;
            public int CommittedLeaderEpoch = -1;
            public string? Metadata;
            public short ErrorCode;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int64(ref CommittedOffset);
                if (c.Version >= 5) c.Int32(ref CommittedLeaderEpoch);
                c.NullableString(ref Metadata);
                c.Int16(ref ErrorCode);
                c.NoTags();
            }
        }
    }

    public sealed class OffsetFetchResponseGroup : IWire
    {
        public string GroupId = "";
        public List<OffsetFetchResponseTopics> Topics = [];
        public short ErrorCode;

        public void Code(Codec c)
        {
            c.String(ref GroupId);
            c.Array(ref Topics);
            c.Int16(ref ErrorCode);
            c.NoTags();
        }

        public sealed class OffsetFetchResponseTopics : IWire
        {
            public string Name = "";
            public List<OffsetFetchResponsePartitions> Partitions = [];

            public void Code(Codec c)
            {
                c.String(ref Name);
                c.Array(ref Partitions);
                c.NoTags();
            }

            public sealed class OffsetFetchResponsePartitions : IWire
            {
                public int PartitionIndex;
                public long CommittedOffset;
                public int CommittedLeaderEpoch = -1;
                public string? Metadata;
                public short ErrorCode;

                public void Code(Codec c)
                {
                    c.Int32(ref PartitionIndex);
                    c.Int64(ref CommittedOffset);
                    c.Int32(ref CommittedLeaderEpoch);
                    c.NullableString(ref Metadata);
                    c.Int16(ref ErrorCode);
                    c.NoTags();
                }
            }
        }
    }
}
