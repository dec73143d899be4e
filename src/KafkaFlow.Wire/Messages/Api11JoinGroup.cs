namespace KafkaFlow.Wire.Messages;

/// <summary>
/// JoinGroup (11), versions 0-9, flexible from 6. Kept: Classic groups, static members, member id round trip from
/// version 4, skipped assignment.
/// </summary>
public sealed class JoinGroupRequest : IWire
{
    public string GroupId = "";
    public int SessionTimeoutMs;
    public int RebalanceTimeoutMs = -1;
    public string MemberId = "";
    public string? GroupInstanceId;
    public string ProtocolType = "";
    public List<JoinGroupRequestProtocol> Protocols = [];
    public string? Reason;

    public void Code(Codec c)
    {
        c.String(ref GroupId);
        c.Int32(ref SessionTimeoutMs);
        if (c.Version >= 1) c.Int32(ref RebalanceTimeoutMs);
        c.String(ref MemberId);
        if (c.Version >= 5) c.NullableString(ref GroupInstanceId);
        c.String(ref ProtocolType);
        c.Array(ref Protocols);
        if (c.Version >= 8) c.NullableString(ref Reason);
        c.NoTags();
    }

    public sealed class JoinGroupRequestProtocol : IWire
    {
        public string Name = "";
        public byte[] Metadata = [];

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Bytes(ref Metadata);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="JoinGroupRequest"/>.</summary>
public sealed class JoinGroupResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public int GenerationId = -1;
    public string? ProtocolType;
    public string? ProtocolName;
    public string Leader = "";
    public bool SkipAssignment;
    public string MemberId = "";
    public List<JoinGroupResponseMember> Members = [];

    public void Code(Codec c)
    {
        if (c.Version >= 2) c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.Int32(ref GenerationId);
        if (c.Version >= 7) c.NullableString(ref ProtocolType);
        c.NullableString(ref ProtocolName);
        c.String(ref Leader);
        if (c.Version >= 9) c.Bool(ref SkipAssignment);
        c.String(ref MemberId);
        c.Array(ref Members);
        c.NoTags();
    }

    public sealed class JoinGroupResponseMember : IWire
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public byte[] Metadata = [];

        public void Code(Codec c)
        {
            c.String(ref MemberId);
            if (c.Version >= 5) c.NullableString(ref GroupInstanceId);
            c.Bytes(ref Metadata);
            c.NoTags();
        }
    }
}
