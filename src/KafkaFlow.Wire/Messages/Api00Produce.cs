namespace KafkaFlow.Wire.Messages;

/// <summary>
/// Produce (0), versions 3-11, flexible from 9. Kept: One batch per partition, acks 0, 1 and all, idempotent and
/// transactional producers, record errors. Skipped: Versions 0-2 are advertised because librdkafka turns compression
/// off without them, and are refused by closing.
/// </summary>
public sealed class ProduceRequest : IWire
{
    public string? TransactionalId;
    public short Acks;
    public int TimeoutMs;
    public List<TopicProduceData> TopicData = [];

    public void Code(Codec c)
    {
        c.NullableString(ref TransactionalId);
        c.Int16(ref Acks);
        c.Int32(ref TimeoutMs);
        c.Array(ref TopicData);
        c.NoTags();
    }

    public sealed class TopicProduceData : IWire
    {
        public string Name = "";
        public List<PartitionProduceData> PartitionData = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref PartitionData);
            c.NoTags();
        }

        public sealed class PartitionProduceData : IWire
        {
            public int Index;
            public RecordData? Records;

            public void Code(Codec c)
            {
                c.Int32(ref Index);
                c.Records(ref Records);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="ProduceRequest"/>.</summary>
public sealed class ProduceResponse : IWire
{
    public List<TopicProduceResponse> Responses = [];
    public int ThrottleTimeMs;
    public List<NodeEndpoint> NodeEndpoints = [];

    public void Code(Codec c)
    {
        c.Array(ref Responses);
        c.Int32(ref ThrottleTimeMs);
        var tags = Codec.Tags(NodeEndpoints.Count > 0 && c.Version >= 10);
        while (tags.Next(c))
        {
            switch (tags.Tag)
            {
                case 0: c.Array(ref NodeEndpoints); break;
            }
        }
    }

    public sealed class TopicProduceResponse : IWire
    {
        public string Name = "";
        public List<PartitionProduceResponse> PartitionResponses = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Array(ref PartitionResponses);
            c.NoTags();
        }

        public sealed class PartitionProduceResponse : IWire
        {
            public int Index;
            public short ErrorCode;
            public long BaseOffset;
            public long LogAppendTimeMs = -1;
            public long LogStartOffset = -1;
            public List<BatchIndexAndErrorMessage> RecordErrors = [];
            public string? ErrorMessage;
            public LeaderIdAndEpoch? CurrentLeader;

            public void Code(Codec c)
            {
                c.Int32(ref Index);
                c.Int16(ref ErrorCode);
                c.Int64(ref BaseOffset);
                c.Int64(ref LogAppendTimeMs);
                if (c.Version >= 5) c.Int64(ref LogStartOffset);
                if (c.Version >= 8) c.Array(ref RecordErrors);
                if (c.Version >= 8) c.NullableString(ref ErrorMessage);
                var tags = Codec.Tags(CurrentLeader is not null && c.Version >= 10);
                while (tags.Next(c))
                {
                    switch (tags.Tag)
                    {
                        case 0: c.Optional(ref CurrentLeader); break;
                    }
                }
            }

            public sealed class BatchIndexAndErrorMessage : IWire
            {
                public int BatchIndex;
                public string? BatchIndexErrorMessage;

                public void Code(Codec c)
                {
                    c.Int32(ref BatchIndex);
                    c.NullableString(ref BatchIndexErrorMessage);
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
