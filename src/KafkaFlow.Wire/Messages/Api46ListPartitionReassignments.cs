namespace KafkaFlow.Wire.Messages;

/// <summary>
/// ListPartitionReassignments (46), version 0, flexible from 0. Kept: Answers that there are none.
/// </summary>
public sealed class ListPartitionReassignmentsRequest : IWire
{
    public int TimeoutMs = 60000;
    public List<ListPartitionReassignmentsTopics>? Topics;

    public void Code(Codec c)
    {
        c.Int32(ref TimeoutMs);
        c.NullableArray(ref Topics);
        c.NoTags();
    }

    public sealed class ListPartitionReassignmentsTopics : IWire
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

/// <summary>The answer to <see cref="ListPartitionReassignmentsRequest"/>.</summary>
public sealed class ListPartitionReassignmentsResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public string? ErrorMessage;
    public List<OngoingTopicReassignment> Topics = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.NullableString(ref ErrorMessage);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class OngoingTopicReassignment : IWire
    {
        public string Name = "";
        public List<OngoingPartitionReassignment> Partitions = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class OngoingPartitionReassignment : IWire
        {
            public int PartitionIndex;
            public List<int> Replicas = [];
            public List<int> AddingReplicas = [];
            public List<int> RemovingReplicas = [];

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int32s(ref Replicas);
                c.Int32s(ref AddingReplicas);
                c.Int32s(ref RemovingReplicas);
                c.NoTags();
            }
        }
    }
}
