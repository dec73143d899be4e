using KafkaFlow.Wire;

namespace KafkaFlow.Broker.Groups;

/// <summary>
/// Records of the offsets topic in Kafka's own formats, so that tools which read the topic understand it: offset key
/// version 1 and value version 3, group key version 2 and value version 3.
/// </summary>
internal static class GroupRecords
{
    private const short OffsetKeyVersion = 1;
    private const short GroupKeyVersion = 2;
    private const short OffsetValueVersion = 3;
    private const short GroupValueVersion = 3;

    public static byte[] OffsetKey(string group, string topic, int partition)
    {
        using var c = Codec.Writer();
        var version = OffsetKeyVersion;
        c.Int16(ref version);
        c.String(ref group);
        c.String(ref topic);
        c.Int32(ref partition);
        return c.Written.ToArray();
    }

    public static byte[] OffsetValue(CommittedOffset committed)
    {
        using var c = Codec.Writer();
        var version = OffsetValueVersion;
        var (offset, epoch, metadata, time, _) = committed;
        c.Int16(ref version);
        c.Int64(ref offset);
        c.Int32(ref epoch);
        c.String(ref metadata);
        c.Int64(ref time);
        return c.Written.ToArray();
    }

    public static byte[] GroupKey(string group)
    {
        using var c = Codec.Writer();
        var version = GroupKeyVersion;
        c.Int16(ref version);
        c.String(ref group);
        return c.Written.ToArray();
    }

    public static byte[] GroupValue(StoredGroup group)
    {
        using var c = Codec.Writer();
        Code(c, ref group);
        return c.Written.ToArray();
    }

    /// <summary>Reads a key of either kind; partition is -1 in a group's.</summary>
    /// <returns>False for a key of another version.</returns>
    public static bool TryKey(byte[] key, out string group, out string topic, out int partition)
    {
        (group, topic, partition) = ("", "", -1);
        var c = Codec.Reader(key);
        short version = 0;
        c.Int16(ref version);
        if (version is not (0 or OffsetKeyVersion or GroupKeyVersion)) return false;
        c.String(ref group);
        if (version == GroupKeyVersion) return true;
        c.String(ref topic);
        c.Int32(ref partition);
        return true;
    }

    public static CommittedOffset Offset(byte[] value, long logOffset)
    {
        var c = Codec.Reader(value);
        short version = 0;
        long offset = 0, time = 0;
        var epoch = -1;
        var metadata = "";
        c.Int16(ref version);
        c.Int64(ref offset);
        if (version >= OffsetValueVersion) c.Int32(ref epoch);
        c.String(ref metadata);
        c.Int64(ref time);
        return new(offset, epoch, metadata, time, logOffset);
    }

    public static StoredGroup Group(byte[] value)
    {
        var c = Codec.Reader(value);
        var group = new StoredGroup();
        Code(c, ref group);
        return group;
    }

    private static void Code(Codec c, ref StoredGroup group)
    {
        var version = GroupValueVersion;
        c.Int16(ref version);
        if (version != GroupValueVersion) throw new WireException($"group value: expected version 3, found {version}");
        c.Struct(ref group);
    }
}

/// <summary>A group as it is stored.</summary>
internal sealed class StoredGroup : IWire
{
    public string ProtocolType = "";
    public int Generation;
    public string? Protocol;
    public string? Leader;
    public long StateSinceMs = -1;
    public List<StoredMember> Members = [];

    public void Code(Codec c)
    {
        c.String(ref ProtocolType);
        c.Int32(ref Generation);
        c.NullableString(ref Protocol);
        c.NullableString(ref Leader);
        c.Int64(ref StateSinceMs);
        c.Array(ref Members);
    }
}

/// <summary>A member as it is stored.</summary>
internal sealed class StoredMember : IWire
{
    public string MemberId = "";
    public string? InstanceId;
    public string ClientId = "";
    public string ClientHost = "";
    public int RebalanceTimeoutMs;
    public int SessionTimeoutMs;
    public byte[] Subscription = [];
    public byte[] Assignment = [];

    public void Code(Codec c)
    {
        c.String(ref MemberId);
        c.NullableString(ref InstanceId);
        c.String(ref ClientId);
        c.String(ref ClientHost);
        c.Int32(ref RebalanceTimeoutMs);
        c.Int32(ref SessionTimeoutMs);
        c.Bytes(ref Subscription);
        c.Bytes(ref Assignment);
    }
}
