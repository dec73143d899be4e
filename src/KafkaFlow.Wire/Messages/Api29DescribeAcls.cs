namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeAcls (29), versions 1-3, flexible from 2. Kept: Answers that no authorizer is configured. Skipped: Access
/// control.
/// </summary>
public sealed class DescribeAclsRequest : IWire
{
    public sbyte ResourceTypeFilter;
    public string? ResourceNameFilter;
    public sbyte PatternTypeFilter = 3;
    public string? PrincipalFilter;
    public string? HostFilter;
    public sbyte Operation;
    public sbyte PermissionType;

    public void Code(Codec c)
    {
        c.Int8(ref ResourceTypeFilter);
        c.NullableString(ref ResourceNameFilter);
        c.Int8(ref PatternTypeFilter);
        c.NullableString(ref PrincipalFilter);
        c.NullableString(ref HostFilter);
        c.Int8(ref Operation);
        c.Int8(ref PermissionType);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="DescribeAclsRequest"/>.</summary>
public sealed class DescribeAclsResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public string? ErrorMessage;
    public List<DescribeAclsResource> Resources = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.NullableString(ref ErrorMessage);
        c.Array(ref Resources);
        c.NoTags();
    }

    public sealed class DescribeAclsResource : IWire
    {
        public sbyte ResourceType;
        public string ResourceName = "";
        public sbyte PatternType = 3;
        public List<AclDescription> Acls = [];

        public void Code(Codec c)
        {
            c.Int8(ref ResourceType);
            c.String(ref ResourceName);
            c.Int8(ref PatternType);
            c.Array(ref Acls);
            c.NoTags();
        }

        public sealed class AclDescription : IWire
        {
            public string Principal = "";
            public string Host = "";
            public sbyte Operation;
            public sbyte PermissionType;

            public void Code(Codec c)
            {
                c.String(ref Principal);
                c.String(ref Host);
                c.Int8(ref Operation);
                c.Int8(ref PermissionType);
                c.NoTags();
            }
        }
    }
}
