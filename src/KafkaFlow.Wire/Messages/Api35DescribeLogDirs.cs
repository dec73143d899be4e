namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeLogDirs (35), versions 1-4, flexible from 2. Kept: One directory, sizes by partition.
/// </summary>
public sealed class DescribeLogDirsRequest : IWire
{
    public List<DescribableLogDirTopic>? Topics = [];

    public void Code(Codec c)
    {
        c.NullableArray(ref Topics);
        c.NoTags();
    }

    public sealed class DescribableLogDirTopic : IWire
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

/// <summary>The answer to <see cref="DescribeLogDirsRequest"/>.</summary>
public sealed class DescribeLogDirsResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public List<DescribeLogDirsResult> Results = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        if (c.Version >= 3) c.Int16(ref ErrorCode);
        c.Array(ref Results);
        c.NoTags();
    }

    public sealed class DescribeLogDirsResult : IWire
    {
        public short ErrorCode;
        public string LogDir = "";
        public List<DescribeLogDirsTopic> Topics = [];
        public long TotalBytes = -1;
        public long UsableBytes = -1;

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.String(ref LogDir);
            c.Array(ref Topics);
            if (c.Version >= 4) c.Int64(ref TotalBytes);
            if (c.Version >= 4) c.Int64(ref UsableBytes);
            c.NoTags();
        }

        public sealed class DescribeLogDirsTopic : IWire
        {
            public string Name = "";
            public List<DescribeLogDirsPartition> Partitions = [];

            public void Code(Codec c)
            {
                c.String(ref Name);
                c.Array(ref Partitions);
                c.NoTags();
            }

            public sealed class DescribeLogDirsPartition : IWire
            {
                public int PartitionIndex;
                public long PartitionSize;
                public long OffsetLag;
                public bool IsFutureKey;

                public void Code(Codec c)
                {
                    c.Int32(ref PartitionIndex);
                    c.Int64(ref PartitionSize);
                    c.Int64(ref OffsetLag);
                    c.Bool(ref IsFutureKey);
                    c.NoTags();
                }
            }
        }
    }
}
