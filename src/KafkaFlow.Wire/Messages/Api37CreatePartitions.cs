namespace KafkaFlow.Wire.Messages;

/// <summary>
/// CreatePartitions (37), versions 0-3, flexible from 2. Kept: Growth of a topic, validation only.
/// </summary>
public sealed class CreatePartitionsRequest : IWire
{
    public List<CreatePartitionsTopic> Topics = [];
    public int TimeoutMs;
    public bool ValidateOnly;

    public void Code(Codec c)
    {
        c.Array(ref Topics);
        c.Int32(ref TimeoutMs);
        c.Bool(ref ValidateOnly);
        c.NoTags();
    }

    public sealed class CreatePartitionsTopic : IWire
    {
        public string Name = "";
        public int Count;
        public List<CreatePartitionsAssignment>? Assignments = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Int32(ref Count);
            c.NullableArray(ref Assignments);
            c.NoTags();
        }

        public sealed class CreatePartitionsAssignment : IWire
        {
            public List<int> BrokerIds = [];

            public void Code(Codec c)
            {
                c.Int32s(ref BrokerIds);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="CreatePartitionsRequest"/>.</summary>
public sealed class CreatePartitionsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<CreatePartitionsTopicResult> Results = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Results);
        c.NoTags();
    }

    public sealed class CreatePartitionsTopicResult : IWire
    {
        public string Name = "";
        public short ErrorCode;
        public string? ErrorMessage;

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Int16(ref ErrorCode);
            c.NullableString(ref ErrorMessage);
            c.NoTags();
        }
    }
}
