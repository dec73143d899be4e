namespace KafkaFlow.Wire.Messages;

/// <summary>
/// LeaveGroup (13), versions 0-5, flexible from 4. Kept: One or several members, by member or instance id. Skipped:
/// The reason is not kept.
/// </summary>
public sealed class LeaveGroupRequest : IWire
{
    public string GroupId = "";
    public string MemberId = "";
    public List<MemberIdentity> Members = [];

    public void Code(Codec c)
    {
        c.String(ref GroupId);
        if (c.Version <= 2) c.String(ref MemberId);
        if (c.Version >= 3) c.Array(ref Members);
        c.NoTags();
    }

    public sealed class MemberIdentity : IWire
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public string? Reason;

        public void Code(Codec c)
        {
            c.String(ref MemberId);
            c.NullableString(ref GroupInstanceId);
            if (c.Version >= 5) c.NullableString(ref Reason);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="LeaveGroupRequest"/>.</summary>
public sealed class LeaveGroupResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public List<MemberResponse> Members = [];

    public void Code(Codec c)
    {
        if (c.Version >= 1) c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        if (c.Version >= 3) c.Array(ref Members);
        c.NoTags();
    }

    public sealed class MemberResponse : IWire
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public short ErrorCode;

        public void Code(Codec c)
        {
            c.String(ref MemberId);
            c.NullableString(ref GroupInstanceId);
            c.Int16(ref ErrorCode);
            c.NoTags();
        }
    }
}
