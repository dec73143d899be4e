namespace KafkaFlow.Wire.Messages;

/// <summary>
/// CreateTopics (19), versions 2-7, flexible from 5. Kept: Counts, assignments, configs, validation only; the answer
/// carries the configs. Skipped: Replicas beyond the one node are accepted and not made, unless the broker is strict.
/// </summary>
public sealed class CreateTopicsRequest : IWire
{
    public List<CreatableTopic> Topics = [];
    public int TimeoutMs = 60000;
    public bool ValidateOnly;

    public void Code(Codec c)
    {
        c.Array(ref Topics);
        c.Int32(ref TimeoutMs);
        c.Bool(ref ValidateOnly);
        c.NoTags();
    }

    public sealed class CreatableTopic : IWire
    {
        public string Name = "";
        public int NumPartitions;
        public short ReplicationFactor;
        public List<CreatableReplicaAssignment> Assignments = [];
        public List<CreatableTopicConfig> Configs = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Int32(ref NumPartitions);
            c.Int16(ref ReplicationFactor);
            c.Array(ref Assignments);
            c.Array(ref Configs);
            c.NoTags();
        }

        public sealed class CreatableReplicaAssignment : IWire
        {
            public int PartitionIndex;
            public List<int> BrokerIds = [];

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int32s(ref BrokerIds);
                c.NoTags();
            }
        }

        public sealed class CreatableTopicConfig : IWire
        {
            public string Name = "";
            public string? Value;

            public void Code(Codec c)
            {
                c.String(ref Name);
                c.NullableString(ref Value);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="CreateTopicsRequest"/>.</summary>
public sealed class CreateTopicsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<CreatableTopicResult> Topics = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Topics);
        c.NoTags();
    }

    public sealed class CreatableTopicResult : IWire
    {
        public string Name = "";
        public Guid TopicId;
        public short ErrorCode;
        public string? ErrorMessage;
        public short TopicConfigErrorCode;
        public int NumPartitions = -1;
        public short ReplicationFactor = -1;
        public List<CreatableTopicConfigs>? Configs = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            if (c.Version >= 7) c.Uuid(ref TopicId);
            c.Int16(ref ErrorCode);
            c.NullableString(ref ErrorMessage);
            if (c.Version >= 5) c.Int32(ref NumPartitions);
            if (c.Version >= 5) c.Int16(ref ReplicationFactor);
            if (c.Version >= 5) c.NullableArray(ref Configs);
            var tags = Codec.Tags(TopicConfigErrorCode != default);
            while (tags.Next(c))
            {
                switch (tags.Tag)
                {
                    case 0: c.Int16(ref TopicConfigErrorCode); break;
                }
            }
        }

        public sealed class CreatableTopicConfigs : IWire
        {
            public string Name = "";
            public string? Value;
            public bool ReadOnly;
            public sbyte ConfigSource = -1;
            public bool IsSensitive;

            public void Code(Codec c)
            {
                c.String(ref Name);
                c.NullableString(ref Value);
                c.Bool(ref ReadOnly);
                c.Int8(ref ConfigSource);
                c.Bool(ref IsSensitive);
                c.NoTags();
            }
        }
    }
}
