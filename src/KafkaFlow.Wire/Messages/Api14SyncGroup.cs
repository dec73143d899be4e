namespace KafkaFlow.Wire.Messages;

/// <summary>
/// SyncGroup (14), versions 0-5, flexible from 4. Kept: Assignments by the leader, waiting followers, protocol
/// checks.
/// </summary>
public sealed class SyncGroupRequest : IWire
{
    public string GroupId = "";
    public int GenerationId;
    public string MemberId = "";
    public string? GroupInstanceId;
    public string? ProtocolType;
    public string? ProtocolName;
    public List<SyncGroupRequestAssignment> Assignments = [];

    public void Code(Codec c)
    {
        c.String(ref GroupId);
        c.Int32(ref GenerationId);
        c.String(ref MemberId);
        if (c.Version >= 3) c.NullableString(ref GroupInstanceId);
        if (c.Version >= 5) c.NullableString(ref ProtocolType);
        if (c.Version >= 5) c.NullableString(ref ProtocolName);
        c.Array(ref Assignments);
        c.NoTags();
    }

    public sealed class SyncGroupRequestAssignment : IWire
    {
        public string MemberId = "";
        public byte[] Assignment = [];

        public void Code(Codec c)
        {
            c.String(ref MemberId);
            c.Bytes(ref Assignment);
            c.NoTags();
        }
    }
}

/// <summary>The answer to <see cref="SyncGroupRequest"/>.</summary>
public sealed class SyncGroupResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public string? ProtocolType;
    public string? ProtocolName;
    public byte[] Assignment = [];

    public void Code(Codec c)
    {
        if (c.Version >= 1) c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        if (c.Version >= 5) c.NullableString(ref ProtocolType);
        if (c.Version >= 5) c.NullableString(ref ProtocolName);
        c.Bytes(ref Assignment);
        c.NoTags();
    }
}
