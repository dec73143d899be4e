namespace KafkaFlow.Wire.Messages;

/// <summary>
/// Fetch (1), versions 4-16, flexible from 12. Kept: Long poll, both isolation levels, aborted transactions, topic
/// names and ids, limits by request and partition. Skipped: Sessions: the session id is always 0, so every answer
/// lists every partition asked. Preferred replicas.
/// </summary>
public sealed class FetchRequest : IWire
{
    public string? ClusterId;
    public int ReplicaId = -1;
    public ReplicaStateValue? ReplicaState;
    public int MaxWaitMs;
    public int MinBytes;
    public int MaxBytes = 2147483647;
    public sbyte IsolationLevel;
    public int SessionId;
    public int SessionEpoch = -1;
    public List<FetchTopic> Topics = [];
    public List<ForgottenTopic> ForgottenTopicsData = [];
    public string RackId = "";

    public void Code(Codec c)
    {
        if (c.Version <= 14) c.Int32(ref ReplicaId);
        c.Int32(ref MaxWaitMs);
        c.Int32(ref MinBytes);
        c.Int32(ref MaxBytes);
        c.Int8(ref IsolationLevel);
        if (c.Version >= 7) c.Int32(ref SessionId);
        if (c.Version >= 7) c.Int32(ref SessionEpoch);
        c.Array(ref Topics);
        if (c.Version >= 7) c.Array(ref ForgottenTopicsData);
        if (c.Version >= 11) c.String(ref RackId);
        var tags = Codec.Tags(ClusterId is not null, ReplicaState is not null && c.Version >= 15);
        while (tags.Next(c))
        {
            switch (tags.Tag)
            {
                case 0: c.NullableString(ref ClusterId); break;
                case 1: c.Optional(ref ReplicaState); break;
            }
        }
    }

    public sealed class ReplicaStateValue : IWire
    {
        public int ReplicaId = -1;
        public long ReplicaEpoch = -1;

        public void Code(Codec c)
        {
            c.Int32(ref ReplicaId);
            c.Int64(ref ReplicaEpoch);
            c.NoTags();
        }
    }

    public sealed class FetchTopic : IWire
    {
        public string Topic = "";
        public Guid TopicId;
        public List<FetchPartition> Partitions = [];

        public void Code(Codec c)
        {
            if (c.Version <= 12) c.String(ref Topic);
            if (c.Version >= 13) c.Uuid(ref TopicId);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class FetchPartition : IWire
        {
            public int Partition;
            public int CurrentLeaderEpoch = -1;
            public long FetchOffset;
            public int LastFetchedEpoch = -1;
            public long LogStartOffset = -1;
            public int PartitionMaxBytes;

            public void Code(Codec c)
            {
                c.Int32(ref Partition);
                if (c.Version >= 9) c.Int32(ref CurrentLeaderEpoch);
                c.Int64(ref FetchOffset);
                if (c.Version >= 12) c.Int32(ref LastFetchedEpoch);
                if (c.Version >= 5) c.Int64(ref LogStartOffset);
                c.Int32(ref PartitionMaxBytes);
                c.NoTags();
            }
        }
    }

    public sealed class ForgottenTopic : IWire
    {
        public string Topic = "";
        public Guid TopicId;
        public List<int> Partitions = [];

        public void Code(Codec c)
        {
            if (c.Version <= 12) c.String(ref Topic);
            if (c.Version >= 13) c.Uuid(ref TopicId);
            c.Int32s(ref Partitions);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="FetchRequest"/>.</summary>
public sealed class FetchResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public int SessionId;
    public List<FetchableTopicResponse> Responses = [];
    public List<NodeEndpoint> NodeEndpoints = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        if (c.Version >= 7) c.Int16(ref ErrorCode);
        if (c.Version >= 7) c.Int32(ref SessionId);
        c.Array(ref Responses);
        var tags = Codec.Tags(NodeEndpoints.Count > 0 && c.Version >= 16);
        while (tags.Next(c))
        {
            switch (tags.Tag)
            {
                case 0: c.Array(ref NodeEndpoints); break;
            }
        }
    }

    public sealed class FetchableTopicResponse : IWire
    {
        public string Topic = "";
        public Guid TopicId;
        public List<PartitionData> Partitions = [];

        public void Code(Codec c)
        {
            if (c.Version <= 12) c.String(ref Topic);
            if (c.Version >= 13) c.Uuid(ref TopicId);
            c.Array(ref Partitions);
            c.NoTags();
        }

        public sealed class PartitionData : IWire
        {
            public int PartitionIndex;
            public short ErrorCode;
            public long HighWatermark;
            public long LastStableOffset = -1;
            public long LogStartOffset = -1;
            public EpochEndOffset? DivergingEpoch;
            public LeaderIdAndEpoch? CurrentLeader;
            public SnapshotIdValue? SnapshotId;
            public List<AbortedTransaction>? AbortedTransactions = [];
            public int PreferredReadReplica = -1;
            public RecordData? Records;

            public void Code(Codec c)
            {
                c.Int32(ref PartitionIndex);
                c.Int16(ref ErrorCode);
                c.Int64(ref HighWatermark);
                c.Int64(ref LastStableOffset);
                if (c.Version >= 5) c.Int64(ref LogStartOffset);
                c.NullableArray(ref AbortedTransactions);
                if (c.Version >= 11) c.Int32(ref PreferredReadReplica);
                c.Records(ref Records);
                var tags = Codec.Tags(DivergingEpoch is not null, CurrentLeader is not null, SnapshotId is not null);
                while (tags.Next(c))
                {
                    switch (tags.Tag)
                    {
                        case 0: c.Optional(ref DivergingEpoch); break;
                        case 1: c.Optional(ref CurrentLeader); break;
                        case 2: c.Optional(ref SnapshotId); break;
                    }
                }
            }

            public sealed class EpochEndOffset : IWire
            {
                public int Epoch = -1;
                public long EndOffset = -1;

                public void Code(Codec c)
                {
                    c.Int32(ref Epoch);
                    c.Int64(ref EndOffset);
                    c.NoTags();
                }
            }

            public sealed class LeaderIdAndEpoch : IWire
            {
                public int LeaderId = -1;
                public int LeaderEpoch = -1;

                public void Code(Codec c)
                {
                    c.Int32(ref LeaderId);
                    c.Int32(ref LeaderEpoch);
                    c.NoTags();
                }
            }

            public sealed class SnapshotIdValue : IWire
            {
                public long EndOffset = -1;
                public int Epoch = -1;

                public void Code(Codec c)
                {
                    c.Int64(ref EndOffset);
                    c.Int32(ref Epoch);
                    c.NoTags();
                }
            }

            public sealed class AbortedTransaction : IWire
            {
                public long ProducerId;
                public long FirstOffset;

                public void Code(Codec c)
                {
                    c.Int64(ref ProducerId);
                    c.Int64(ref FirstOffset);
                    c.NoTags();
                }
            }
        }
    }

    public sealed class NodeEndpoint : IWire
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
            c.NullableString(ref Rack);
            c.NoTags();
        }
    }
}
