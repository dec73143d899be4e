namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DeleteAcls (31), versions 1-3, flexible from 2. Kept: Answers that no authorizer is configured. Skipped: Access
/// control.
/// </summary>
public sealed class DeleteAclsRequest : IWire
{
    public List<DeleteAclsFilter> Filters = [];

    public void Code(Codec c)
    {
        c.Array(ref Filters);
        c.NoTags();
    }

    public sealed class DeleteAclsFilter : IWire
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
}

/// <summary>The answer to <see cref="DeleteAclsRequest"/>.</summary>
public sealed class DeleteAclsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<DeleteAclsFilterResult> FilterResults = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref FilterResults);
        c.NoTags();
    }

    public sealed class DeleteAclsFilterResult : IWire
    {
        public short ErrorCode;
        public string? ErrorMessage;
        public List<DeleteAclsMatchingAcl> MatchingAcls = [];

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.NullableString(ref ErrorMessage);
            c.Array(ref MatchingAcls);
            c.NoTags();
        }

        public sealed class DeleteAclsMatchingAcl : IWire
        {
            public short ErrorCode;
            public string? ErrorMessage;
            public sbyte ResourceType;
            public string ResourceName = "";
            public sbyte PatternType = 3;
            public string Principal = "";
            public string Host = "";
            public sbyte Operation;
            public sbyte PermissionType;

            public void Code(Codec c)
            {
                c.Int16(ref ErrorCode);
                c.NullableString(ref ErrorMessage);
                c.Int8(ref ResourceType);
                c.String(ref ResourceName);
                c.Int8(ref PatternType);
                c.String(ref Principal);
                c.String(ref Host);
                c.Int8(ref Operation);
                c.Int8(ref PermissionType);
                c.NoTags();
            }
        }
    }
}
