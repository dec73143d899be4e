using KafkaFlow.Wire;
using KafkaFlow.Wire.Messages;

namespace KafkaFlow.Broker.Tests;

/// <summary>What a member of a consumer group says.</summary>
internal static class GroupRequests
{
    public static byte[] Subscription(string topic)
    {
        using var c = Codec.Writer();
        short version = 0;
        List<string> topics = [topic];
        byte[]? data = null;
        c.Int16(ref version);
        c.Strings(ref topics);
        c.NullableBytes(ref data);
        return c.Written.ToArray();
    }

    public static SyncGroupRequest Sync(string group, string member, int generation) => new()
    {
        GroupId = group, MemberId = member, GenerationId = generation, ProtocolType = "consumer", ProtocolName = "range",
        Assignments = [new() { MemberId = member, Assignment = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }],
    };
}
