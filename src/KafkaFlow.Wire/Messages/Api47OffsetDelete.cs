namespace KafkaFlow.Wire.Messages;

/// <summary>
/// OffsetDelete (47), version 0. Kept: Offsets of topics that no member subscribes to.
/// </summary>
public sealed class OffsetDeleteRequest : IWire
{
    public string GroupId = "";
    public List<OffsetDeleteRequestTopic> Topics = [];

    public void Code(Codec c)
    {
        c.String(ref GroupId);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class OffsetDeleteRequestTopic : IWire
    {
        public string Name = "";
        public List<OffsetDeleteRequestPartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class OffsetDeleteRequestPartition : IWire
        {
            public int PartitionIndex;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="OffsetDeleteRequest"/>.</summary>
public sealed class OffsetDeleteResponse : IWire
{
    public short ErrorCode;
    public int ThrottleTimeMs;
    public List<OffsetDeleteResponseTopic> Topics = [];

    public void Code(Codec c)
    {
        c.Int16(ref ErrorCode);
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class OffsetDeleteResponseTopic : IWire
    {
        public string Name = "";
        public List<OffsetDeleteResponsePartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class OffsetDeleteResponsePartition : IWire
        {
            public int PartitionIndex;
            public short ErrorCode;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int16(ref ErrorCode);
                c.NoTags();
            }
        }
    }
}
