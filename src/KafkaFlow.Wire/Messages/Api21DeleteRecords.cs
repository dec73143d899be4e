namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DeleteRecords (21), versions 0-2, flexible from 2. Kept: Moves the log start; -1 is the high watermark.
/// </summary>
public sealed class DeleteRecordsRequest : IWire
{
    public List<DeleteRecordsTopic> Topics = [];
    public int TimeoutMs;

    public void Code(Codec c)
    {
        c.Array(ref Topics);
        c.Int32(ref TimeoutMs);
        c.NoTags();
    }

    public sealed class DeleteRecordsTopic : IWire
    {
        public string Name = "";
        public List<DeleteRecordsPartition> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class DeleteRecordsPartition : IWire
        {
            public int PartitionIndex;
            public long Offset;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int64(ref Offset);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="DeleteRecordsRequest"/>.</summary>
public sealed class DeleteRecordsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<DeleteRecordsTopicResult> Topics = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class DeleteRecordsTopicResult : IWire
    {
        public string Name = "";
        public List<DeleteRecordsPartitionResult> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class DeleteRecordsPartitionResult : IWire
        {
            public int PartitionIndex;
            public long LowWatermark;
            public short ErrorCode;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int64(ref LowWatermark);
                c.Int16(ref ErrorCode);
                c.NoTags();
            }
        }
    }
}
