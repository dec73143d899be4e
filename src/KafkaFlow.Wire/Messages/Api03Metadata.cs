namespace KafkaFlow.Wire.Messages;

/// <summary>
/// Metadata (3), versions 0-12, flexible from 9. Kept: All topics, by name or id, creation on demand where allowed.
/// Skipped: Authorized operations are all of them.
/// </summary>
public sealed class MetadataRequest : IWire
{
    public List<MetadataRequestTopic>? Topics = [];
    public bool AllowAutoTopicCreation = true;
    public bool IncludeClusterAuthorizedOperations;
    public bool IncludeTopicAuthorizedOperations;

    public void Code(Codec c)
    {
        c.NullableArray(ref Topics);
        if (c.Version >= 4) c.Bool(ref AllowAutoTopicCreation);
        if (c.Version is >= 8 and <= 10) c.Bool(ref IncludeClusterAuthorizedOperations);
        if (c.Version >= 8) c.Bool(ref IncludeTopicAuthorizedOperations);
        c.NoTags();
    }

    public sealed class MetadataRequestTopic : IWire
    {
        public Guid TopicId;
        public string? Name;

        public void Code(Codec c)
        {
            if (c.Version >= 10) c.Uuid(ref TopicId);
            c.NullableString(ref Name);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="MetadataRequest"/>.</summary>
public sealed class MetadataResponse : IWire
{
    public int ThrottleTimeMs;
    public List<MetadataResponseBroker> Brokers = [];
    public string? ClusterId;
    public int ControllerId = -1;
    public List<MetadataResponseTopic> Topics = [];
    public int ClusterAuthorizedOperations = -2147483648;

    public void Code(Codec c)
    {
        if (c.Version >= 3) c.Int32(ref ThrottleTimeMs);
        c.Array(ref Brokers);
        if (c.Version >= 2) c.NullableString(ref ClusterId);
        if (c.Version >= 1) c.Int32(ref ControllerId);
        c.Array(ref Topics);
        if (c.Version is >= 8 and <= 10) c.Int32(ref ClusterAuthorizedOperations);
        c.NoTags();
    }

    public sealed class MetadataResponseBroker : IWire
    {
        public int NodeId;
        public string Host = "";
        public int Port;
        public string? Rack;

        public void Code(Codec c)
        {
            c.Int32(ref NodeId);
            c.String(ref Host);
            c.Int32(ref Port);
            if (c.Version >= 1) c.NullableString(ref Rack);
            c.NoTags();
        }
    }

    public sealed class MetadataResponseTopic : IWire
    {
        public short ErrorCode;
        public string? Name;
        public Guid TopicId;
        public bool IsInternal;
        public List<MetadataResponsePartition> Partitions = [];
        public int TopicAuthorizedOperations = -2147483648;

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.NullableString(ref Name);
            if (c.Version >= 10) c.Uuid(ref TopicId);
            if (c.Version >= 1) c.Bool(ref IsInternal);
            c.Array(ref Partitions);
            if (c.Version >= 8) c.Int32(ref TopicAuthorizedOperations);
            c.NoTags();
        }

        public sealed class MetadataResponsePartition : IWire
        {
            public short ErrorCode;
            public int PartitionIndex;
            public int LeaderId;
            public int LeaderEpoch = -1;
            public List<int> ReplicaNodes = [];
            public List<int> IsrNodes = [];
            public List<int> OfflineReplicas = [];

            public void Code(Codec c)
            {
                c.Int16(ref ErrorCode);
                c.Int32(ref PartitionIndex);
                c.Int32(ref LeaderId);
                if (c.Version >= 7) c.Int32(ref LeaderEpoch);
                c.Int32s(ref ReplicaNodes);
                c.Int32s(ref IsrNodes);
                if (c.Version >= 5) c.Int32s(ref OfflineReplicas);
                c.NoTags();
            }
        }
    }
}
