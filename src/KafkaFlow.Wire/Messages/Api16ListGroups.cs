namespace KafkaFlow.Wire.Messages;

/// <summary>
/// ListGroups (16), versions 0-5, flexible from 3. Kept: Filters by state and type. Skipped: Every group has the type
/// classic.
/// </summary>
public sealed class ListGroupsRequest : IWire
{
    public List<string> StatesFilter = [];
    public List<string> TypesFilter = [];

    public void Code(Codec c)
    {
        if (c.Version >= 4) c.Strings(ref StatesFilter);
        if (c.Version >= 5) c.Strings(ref TypesFilter);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="ListGroupsRequest"/>.</summary>
public sealed class ListGroupsResponse : IWire
{
    public int ThrottleTimeMs;
    public short ErrorCode;
    public List<ListedGroup> Groups = [];

    public void Code(Codec c)
    {
        if (c.Version >= 1) c.Int32(ref ThrottleTimeMs);
        c.Int16(ref ErrorCode);
        c.Array(ref Groups);
        c.NoTags();
    }

    public sealed class ListedGroup : IWire
    {
        public string GroupId = "";
        public string ProtocolType = "";
        public string GroupState = "";
        public string GroupType = "";

        public void Code(Codec c)
        {
            c.String(ref GroupId);
            c.String(ref ProtocolType);
            if (c.Version >= 4) c.String(ref GroupState);
            if (c.Version >= 5) c.String(ref GroupType);
            c.NoTags();
        }
    }
}
