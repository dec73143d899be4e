namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeClientQuotas (48), versions 0-1, flexible from 1. Kept: Answers that there are none.
/// </summary>
public sealed class DescribeClientQuotasRequest : IWire
{
    public List<ComponentData> Components = [];
    public bool Strict;

    public void Code(Codec c)
    {
        c.Array(ref Components);
        c.Bool(ref Strict);
        c.NoTags();
    }

    public sealed class ComponentData : IWire
    {
        public string EntityType = "";
        public sbyte MatchType;
        public string? Match;

        public void Code(Codec c)
        {
            c.String(ref EntityType);
            c.Int8(ref MatchType);
            c.NullableString(ref Match);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="DescribeClientQuotasRequest"/>.</summary>
public sealed class DescribeClientQuotasResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public string? ErrorMessage;
    public List<EntryData>? Entries = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.NullableString(ref ErrorMessage);
        c.NullableArray(ref Entries);
        c.NoTags();
    }

    public sealed class EntryData : IWire
    {
        public List<EntityData> Entity = [];
        public List<ValueData> Values = [];

        public void Code(Codec c)
        {
            c.Array(ref Entity);
            c.Array(ref Values);
            c.NoTags();
        }

        public sealed class EntityData : IWire
        {
            public string EntityType = "";
            public string? EntityName;

            public void Code(Codec c)
            {
                c.String(ref EntityType);
                c.NullableString(ref EntityName);
                c.NoTags();
            }
        }

        public sealed class ValueData : IWire
        {
            public string Key = "";
            public double Value;

            public void Code(Codec c)
            {
                c.String(ref Key);
                c.Float64(ref Value);
                c.NoTags();
            }
        }
    }
}
