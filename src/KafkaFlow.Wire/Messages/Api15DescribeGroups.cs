namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DescribeGroups (15), versions 0-5, flexible from 5. Kept: State, protocol and members. Skipped: Authorized
/// operations are all of them.
/// </summary>
public sealed class DescribeGroupsRequest : IWire
{
    public List<string> Groups = [];
    public bool IncludeAuthorizedOperations;

    public void Code(Codec c)
    {
        c.Strings(ref Groups);
        if (c.Version >= 3) c.Bool(ref IncludeAuthorizedOperations);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="DescribeGroupsRequest"/>.</summary>
public sealed class DescribeGroupsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<DescribedGroup> Groups = [];

    public void Code(Codec c)
    {
        if (c.Version >= 1) c.Int32(ref ThrottleTimeMs);
        c.Array(ref Groups);
        c.NoTags();
    }

    public sealed class DescribedGroup : IWire
    {
        public short ErrorCode;
        public string GroupId = "";
        public string GroupState = "";
        public string ProtocolType = "";
        public string ProtocolData = "";
        public List<DescribedGroupMember> Members = [];
        public int AuthorizedOperations = -2147483648;

        public void Code(Codec c)
        {
            c.Int16(ref ErrorCode);
            c.String(ref GroupId);
            c.String(ref GroupState);
            c.String(ref ProtocolType);
            c.String(ref ProtocolData);
            c.Array(ref Members);
            if (c.Version >= 3) c.Int32(ref AuthorizedOperations);
            c.NoTags();
        }

        public sealed class DescribedGroupMember : IWire
        {
            public string MemberId = "";
            public string? GroupInstanceId;
            public string ClientId = "";
            public string ClientHost = "";
            public byte[] MemberMetadata = [];
            public byte[] MemberAssignment = [];

            public void Code(Codec c)
            {
                c.String(ref MemberId);
                if (c.Version >= 4) c.NullableString(ref GroupInstanceId);
                c.String(ref ClientId);
                c.String(ref ClientHost);
                c.Bytes(ref MemberMetadata);
                c.Bytes(ref MemberAssignment);
                c.NoTags();
            }
        }
    }
}
