namespace KafkaFlow.Wire.Messages;

/// <summary>
/// FindCoordinator (10), versions 0-4, flexible from 3. Kept: Groups and transactional ids, one or several keys:
/// always this node.
/// </summary>
public sealed class FindCoordinatorRequest : IWire
{
    public string Key = "";
    public sbyte KeyType;
    public List<string> CoordinatorKeys = [];

    public void Code(Codec c)
    {
        if (c.Version <= 3) c.String(ref Key);
        if (c.Version >= 1) c.Int8(ref KeyType);
        if (c.Version >= 4) c.Strings(ref CoordinatorKeys);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="FindCoordinatorRequest"/>.</summary>
public sealed class FindCoordinatorResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public string? ErrorMessage;
    public int NodeId;
    public string Host = "";
    public int Port;
    public List<Coordinator> Coordinators = [];

    public void Code(Codec c)
    {
        if (c.Version >= 1) c.Int32(ref ThrottleTimeMs);
        if (c.Version <= 3) c.Int16(ref ErrorCode);
        if (c.Version is >= 1 and <= 3) c.NullableString(ref ErrorMessage);
        if (c.Version <= 3) c.Int32(ref NodeId);
        if (c.Version <= 3) c.String(ref Host);
        if (c.Version <= 3) c.Int32(ref Port);
        if (c.Version >= 4) c.Array(ref Coordinators);
        c.NoTags();
    }

    public sealed class Coordinator : IWire
    {
        public string Key = "";
        public int NodeId;
        public string Host = "";
        public int Port;
        public short ErrorCode;
        public string? ErrorMessage;

        public void Code(Codec c)
        {
            c.String(ref Key);
            c.Int32(ref NodeId);
            c.String(ref Host);
            c.Int32(ref Port);
            c.Int16(ref ErrorCode);
            c.NullableString(ref ErrorMessage);
            c.NoTags();
        }
    }
}
