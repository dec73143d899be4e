namespace KafkaFlow.Wire.Messages;

/// <summary>
/// DeleteGroups (42), versions 0-2, flexible from 2. Kept: Empty groups.
/// </summary>
public sealed class DeleteGroupsRequest : IWire
{
    public List<string> GroupsNames = [];

    public void Code(Codec c)
    {
        c.Strings(ref GroupsNames);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="DeleteGroupsRequest"/>.</summary>
public sealed class DeleteGroupsResponse : IWire
{
    public int ThrottleTimeMs;
    public List<DeletableGroupResult> Results = [];

    public void Code(Codec c)
    {
        c.Int32(ref ThrottleTimeMs);
        c.Array(ref Results);
        c.NoTags();
    }

    public sealed class DeletableGroupResult : IWire
    {
        public string GroupId = "";
        public short ErrorCode;

        public void Code(Codec c)
        {
            c.String(ref GroupId);
            c.Int16(ref ErrorCode);
            c.NoTags();
        }
    }
}
