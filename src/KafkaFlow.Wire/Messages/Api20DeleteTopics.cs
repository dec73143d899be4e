namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DeleteTopics (20), versions 1-6, flexible from 4. Kept: By name or id.
/// </summary>
public sealed class DeleteTopicsRequest : IWire
{
    public List<DeleteTopicState> Topics = [];
    public List<string> TopicNames = [];
    public int TimeoutMs;

    public void Code(Codec c)
    {
        if (c.Version >= 6) c.Array(ref Topics);
        if (c.Version <= 5) c.Strings(ref TopicNames);
        c.Int32(ref TimeoutMs);
        c.NoTags();
    }

    public sealed class DeleteTopicState : IWire
    {
        public string? Name;
        public Guid TopicId;

        public void Code(Codec c)
        {
            c.NullableString(ref Name);
            c.Uuid(ref TopicId);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="DeleteTopicsRequest"/>.</summary>
public sealed class DeleteTopicsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<DeletableTopicResult> Responses = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Responses);
        c.NoTags();
    }

    public sealed class DeletableTopicResult : IWire
    {
        public string? Name;
        public Guid TopicId;
        public short ErrorCode;
        public string? ErrorMessage;

        public void Code(Codec c)
        {
            c.NullableString(ref Name);
            if (c.Version >= 6) c.Uuid(ref TopicId);
            c.Int16(ref ErrorCode);
            if (c.Version >= 5) c.NullableString(ref ErrorMessage);
            c.NoTags();
        }
    }
}
