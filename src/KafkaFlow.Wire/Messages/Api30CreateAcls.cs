namespace KafkaFlow.Wire.Messages;

/// <summary>
/// CreateAcls (30), versions 1-3, flexible from 2. Kept: Answers that no authorizer is configured. Skipped: Access
/// control.
/// </summary>
public sealed class CreateAclsRequest : IWire
{
    public List<AclCreation> Creations = [];

    public void Code(Codec c)
    {
        c.Array(ref Creations);
        c.NoTags();
    }

    public sealed class AclCreation : IWire
    {
        public sbyte ResourceType;
        public string ResourceName = "";
        public sbyte ResourcePatternType = 3;
        public string Principal = "";
        public string Host = "";
        public sbyte Operation;
        public sbyte PermissionType;

        public void Code(Codec c)
        {
            c.Int8(ref ResourceType);
            c.String(ref ResourceName);
            c.Int8(ref ResourcePatternType);
            c.String(ref Principal);
            c.String(ref Host);
            c.Int8(ref Operation);
            c.Int8(ref PermissionType);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="CreateAclsRequest"/>.</summary>
public sealed class CreateAclsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<AclCreationResult> Results = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Results);
        c.NoTags();
    }

    public sealed class AclCreationResult : IWire
    {
        public short ErrorCode;
        public string? ErrorMessage;

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.NullableString(ref ErrorMessage);
            c.NoTags();
        }
    }
}
