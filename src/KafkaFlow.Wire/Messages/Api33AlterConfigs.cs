namespace KafkaFlow.Wire.Messages;

/// <summary>
/// AlterConfigs (33), versions 0-2, flexible from 2. Kept: Topics: the whole set is replaced. Skipped: Broker
/// settings cannot be altered.
/// </summary>
public sealed class AlterConfigsRequest : IWire
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

/// <summary>The answer to <see cref="AlterConfigsRequest"/>.</summary>
public sealed class AlterConfigsResponse : IWire
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
