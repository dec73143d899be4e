namespace KafkaFlow.Wire.Messages;

/// <summary>
/// OffsetForLeaderEpoch (23), versions 2-4, flexible from 4. Kept: The one leader epoch 0.
/// </summary>
public sealed class OffsetForLeaderEpochRequest : IWire
{
    public int ReplicaId = -2;
    public List<OffsetForLeaderTopic> Topics = [];

    public void Code(Codec c)
    {
        if (c.Version >= 3) c.Int32(ref ReplicaId);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class OffsetForLeaderTopic : IWire
    {
        public string Topic = "";
        public List<OffsetForLeaderPartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Topic);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class OffsetForLeaderPartition : IWire
        {
            public int Partition;
            public int CurrentLeaderEpoch = -1;
            public int LeaderEpoch;

            public void Code(Codec c)
            {
                c.Int32(ref Partition);
                c.Int32(ref CurrentLeaderEpoch);
                c.Int32(ref LeaderEpoch);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="OffsetForLeaderEpochRequest"/>.</summary>
public sealed class OffsetForLeaderEpochResponse : IWire
{
    public int ThrottleTimeMs;
    public List<OffsetForLeaderTopicResult> Topics = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class OffsetForLeaderTopicResult : IWire
    {
        public string Topic = "";
        public List<EpochEndOffset> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Topic);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class EpochEndOffset : IWire
        {
            public short ErrorCode;
            public int Partition;
            public int LeaderEpoch = -1;
            public long EndOffset = -1;

            public void Code(Codec c)
            {
                c.Int16(ref ErrorCode);
                c.Int32(ref Partition);
                c.Int32(ref LeaderEpoch);
                c.Int64(ref EndOffset);
                c.NoTags();
            }
        }
    }
}
