namespace KafkaFlow.Wire.Messages;

/// <summary>
/// TxnOffsetCommit (28), versions 0-3, flexible from 3. Kept: Offsets are invisible until the transaction ends;
/// member and generation checks from version 3.
/// </summary>
public sealed class TxnOffsetCommitRequest : IWire
{
    public string TransactionalId = "";
    public string GroupId = "";
    public long ProducerId;
    public short ProducerEpoch;
    public int GenerationId = -1;
    public string MemberId = "";
    public string? GroupInstanceId;
    public List<TxnOffsetCommitRequestTopic> Topics = [];

    public void Code(Codec c)
    {
        c.String(ref TransactionalId);
        c.String(ref GroupId);
        c.Int64(ref ProducerId);
        c.Int16(ref ProducerEpoch);
        if (c.Version >= 3) c.Int32(ref GenerationId);
        if (c.Version >= 3) c.String(ref MemberId);
        if (c.Version >= 3) c.NullableString(ref GroupInstanceId);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class TxnOffsetCommitRequestTopic : IWire
    {
        public string Name = "";
        public List<TxnOffsetCommitRequestPartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class TxnOffsetCommitRequestPartition : IWire
        {
            public int PartitionIndex;
            public long CommittedOffset;
            public int CommittedLeaderEpoch = -1;
            public string? CommittedMetadata;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int64(ref CommittedOffset);
                if (c.Version >= 2) c.Int32(ref CommittedLeaderEpoch);
                c.NullableString(ref CommittedMetadata);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="TxnOffsetCommitRequest"/>.</summary>
public sealed class TxnOffsetCommitResponse : IWire
{
    public int ThrottleTimeMs;
    public List<TxnOffsetCommitResponseTopic> Topics = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class TxnOffsetCommitResponseTopic : IWire
    {
        public string Name = "";
        public List<TxnOffsetCommitResponsePartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class TxnOffsetCommitResponsePartition : IWire
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
