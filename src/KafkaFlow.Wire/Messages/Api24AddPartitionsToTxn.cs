namespace KafkaFlow.Wire.Messages;

/// <summary>
/// AddPartitionsToTxn (24), versions 0-3, flexible from 3. Kept: All partitions or none. Skipped: Batched versions of
/// brokers (4+).
/// </summary>
public sealed class AddPartitionsToTxnRequest : IWire
{
    public string V3AndBelowTransactionalId = "";
    public long V3AndBelowProducerId;
    public short V3AndBelowProducerEpoch;
    public List<AddPartitionsToTxnTopic> V3AndBelowTopics = [];

    public void Code(Codec c)
    {
        c.String(ref V3AndBelowTransactionalId);
        c.Int64(ref V3AndBelowProducerId);
        c.Int16(ref V3AndBelowProducerEpoch);
        c.Array(ref V3AndBelowTopics);
        c.NoTags();
    }

    public sealed class AddPartitionsToTxnTopic : IWire
    {
        public string Name = "";
        public List<int> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Int32s(ref Partitions);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="AddPartitionsToTxnRequest"/>.</summary>
public sealed class AddPartitionsToTxnResponse : IWire
{
    public int ThrottleTimeMs;
    public List<AddPartitionsToTxnTopicResult> ResultsByTopicV3AndBelow = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref ResultsByTopicV3AndBelow);
        c.NoTags();
    }

    public sealed class AddPartitionsToTxnTopicResult : IWire
    {
        public string Name = "";
        public List<AddPartitionsToTxnPartitionResult> ResultsByPartition = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref ResultsByPartition);
            c.NoTags();
        }

        public sealed class AddPartitionsToTxnPartitionResult : IWire
        {
            public int PartitionIndex;
            public short PartitionErrorCode;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int16(ref PartitionErrorCode);
                c.NoTags();
            }
        }
    }
}
