namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeConfigs (32), versions 1-4, flexible from 4. Kept: Topics and the broker, sources, synonyms, types.
/// Skipped: Group and client metrics resources.
/// </summary>
public sealed class DescribeConfigsRequest : IWire
{
    public List<DescribeConfigsResource> Resources = [];
    public bool IncludeSynonyms;
    public bool IncludeDocumentation;

    public void Code(Codec c)
    {
        c.Array(ref Resources);
        c.Bool(ref IncludeSynonyms);
        if (c.Version >= 3) c.Bool(ref IncludeDocumentation);
        c.NoTags();
    }

    public sealed class DescribeConfigsResource : IWire
    {
        public sbyte ResourceType;
        public string ResourceName = "";
        public List<string>? ConfigurationKeys = [];

        public void Code(Codec c)
        {
            c.Int8(ref ResourceType);
            c.String(ref ResourceName);
            c.NullableStrings(ref ConfigurationKeys);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="DescribeConfigsRequest"/>.</summary>
public sealed class DescribeConfigsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<DescribeConfigsResult> Results = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Results);
        c.NoTags();
    }

    public sealed class DescribeConfigsResult : IWire
    {
        public short ErrorCode;
        public string? ErrorMessage;
        public sbyte ResourceType;
        public string ResourceName = "";
        public List<DescribeConfigsResourceResult> Configs = [];

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.NullableString(ref ErrorMessage);
            c.Int8(ref ResourceType);
            c.String(ref ResourceName);
            c.Array(ref Configs);
            c.NoTags();
        }

        public sealed class DescribeConfigsResourceResult : IWire
        {
            public string Name = "";
            public string? Value;
            public bool ReadOnly;
            public sbyte ConfigSource = -1;
            public bool IsSensitive;
            public List<DescribeConfigsSynonym> Synonyms = [];
            public sbyte ConfigType;
            public string? Documentation;

            public void Code(Codec c)
            {
                c.String(ref Name);
                c.NullableString(ref Value);
                c.Bool(ref ReadOnly);
                c.Int8(ref ConfigSource);
                c.Bool(ref IsSensitive);
                c.Array(ref Synonyms);
                if (c.Version >= 3) c.Int8(ref ConfigType);
                if (c.Version >= 3) c.NullableString(ref Documentation);
                c.NoTags();
            }

            public sealed class DescribeConfigsSynonym : IWire
            {
                public string Name = "";
                public string? Value;
                public sbyte Source;

                public void Code(Codec c)
                {
                    c.String(ref Name);
                    c.NullableString(ref Value);
                    c.Int8(ref Source);
                    c.NoTags();
                }
            }
        }
    }
}
