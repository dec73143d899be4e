namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeProducers (61), version 0, flexible from 0. Kept: Producers of a partition and their open transactions.
/// </summary>
public sealed class DescribeProducersRequest : IWire
{
    public List<TopicRequest> Topics = [];

    public void Code(Codec c)
    {
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class TopicRequest : IWire
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

/// <summary>The answer to <see cref="DescribeProducersRequest"/>.</summary>
public sealed class DescribeProducersResponse : IWire
{
    public int ThrottleTimeMs;
    public List<TopicResponse> Topics = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class TopicResponse : IWire
    {
        public string Name = "";
        public List<PartitionResponse> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class PartitionResponse : IWire
        {
            public int PartitionIndex;
            public short ErrorCode;
            public string? ErrorMessage;
            public List<ProducerState> ActiveProducers = [];

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int16(ref ErrorCode);
                c.NullableString(ref ErrorMessage);
                c.Array(ref ActiveProducers);
                c.NoTags();
            }

            public sealed class ProducerState : IWire
            {
                public long ProducerId;
                public int ProducerEpoch;
                public int LastSequence = -1;
                public long LastTimestamp = -1;
                public int CoordinatorEpoch;
                public long CurrentTxnStartOffset = -1;

                public void Code(Codec c)
                {
                    c.Int64(ref ProducerId);
                    c.Int32(ref ProducerEpoch);
                    c.Int32(ref LastSequence);
                    c.Int64(ref LastTimestamp);
                    c.Int32(ref CoordinatorEpoch);
                    c.Int64(ref CurrentTxnStartOffset);
                    c.NoTags();
                }
            }
        }
    }
}
