namespace KafkaFlow.Wire.Messages;

/// <summary>
/// OffsetCommit (8), versions 2-8, flexible from 8. Kept: Generation, member and instance checks, metadata limit,
/// simple commits to an empty group. Skipped: The retention time of version 2-4: the broker's setting holds.
/// </summary>
public sealed class OffsetCommitRequest : IWire
{
    public string GroupId = "";
    public int GenerationIdOrMemberEpoch = -1;
    public string MemberId = "";
    public string? GroupInstanceId;
    public long RetentionTimeMs = -1;
    public List<OffsetCommitRequestTopic> Topics = [];

    public void Code(Codec c)
    {
        c.String(ref GroupId);
        c.Int32(ref GenerationIdOrMemberEpoch);
        c.String(ref MemberId);
        if (c.Version >= 7) c.NullableString(ref GroupInstanceId);
        if (c.Version <= 4) c.Int64(ref RetentionTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class OffsetCommitRequestTopic : IWire
    {
        public string Name = "";
        public List<OffsetCommitRequestPartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class OffsetCommitRequestPartition : IWire
        {
            public int PartitionIndex;
            public long CommittedOffset;
            public int CommittedLeaderEpoch = -1;
            public string? CommittedMetadata;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int64(ref CommittedOffset);
                if (c.Version >= 6) c.Int32(ref CommittedLeaderEpoch);
                c.NullableString(ref CommittedMetadata);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="OffsetCommitRequest"/>.</summary>
public sealed class OffsetCommitResponse : IWire
{
    public int ThrottleTimeMs;
    public List<OffsetCommitResponseTopic> Topics = [];

    public void Code(Codec c)
    {
        if (c.Version >= 3) c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class OffsetCommitResponseTopic : IWire
    {
        public string Name = "";
        public List<OffsetCommitResponsePartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class OffsetCommitResponsePartition : IWire
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
