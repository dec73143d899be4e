namespace KafkaFlow.Wire.Messages;

/// <summary>
/// Heartbeat (12), versions 0-4, flexible from 4. Kept: Session extension, rebalance notice.
/// </summary>
public sealed class HeartbeatRequest : IWire
{
    public string GroupId = "";
    public int GenerationId;
    public string MemberId = "";
    public string? GroupInstanceId;

    public void Code(Codec c)
    {
        c.String(ref GroupId);
        c.Int32(ref GenerationId);
        c.String(ref MemberId);
        if (c.Version >= 3) c.NullableString(ref GroupInstanceId);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="HeartbeatRequest"/>.</summary>
public sealed class HeartbeatResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;

    public void Code(Codec c)
    {
        if (c.Version >= 1) c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.NoTags();
    }
}
