namespace KafkaFlow.Wire.Messages;

/// <summary>
/// IncrementalAlterConfigs (44), versions 0-1, flexible from 1. Kept: Set, delete, append, subtract on topics.
/// Skipped: Broker settings cannot be altered.
/// </summary>
public sealed class IncrementalAlterConfigsRequest : IWire
{
    public List<AlterConfigsResource> Resources = [];
    public bool ValidateOnly;

    public void Code(Codec c)
    {
        c.Array(ref Resources);
        c.Bool(ref ValidateOnly);
        c.NoTags();
    }

    public sealed class AlterConfigsResource : IWire
    {
        public sbyte ResourceType;
        public string ResourceName = "";
        public List<AlterableConfig> Configs = [];

        public void Code(Codec c)
        {
            c.Int8(ref ResourceType);
            c.String(ref ResourceName);
            c.Array(ref Configs);
            c.NoTags();
        }

        public sealed class AlterableConfig : IWire
        {
            public string Name = "";
            public sbyte ConfigOperation;
            public string? Value;

            public void Code(Codec c)
            {
                c.String(ref Name);
                c.Int8(ref ConfigOperation);
                c.NullableString(ref Value);
                c.NoTags();
            }
        }
    }
}

/// <summary>The answer to <see cref="IncrementalAlterConfigsRequest"/>.</summary>
public sealed class IncrementalAlterConfigsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<AlterConfigsResourceResponse> Responses = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Responses);
        c.NoTags();
    }

    public sealed class AlterConfigsResourceResponse : IWire
    {
        public short ErrorCode;
        public string? ErrorMessage;
        public sbyte ResourceType;
        public string ResourceName = "";

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.NullableString(ref ErrorMessage);
            c.Int8(ref ResourceType);
            c.String(ref ResourceName);
            c.NoTags();
        }
    }
}
